// One sign per kind, drawn on 16 × 16; a kind without one gets its group's.

const SIGNS: Record<string, string> = {
  play: "M3 6v4h2.5L9 13V3L5.5 6ZM11 6a3 3 0 0 1 0 4M12.5 4a6 6 0 0 1 0 8",
  say: "M2.5 3.5h11v7H8L5 13v-2.500H2.500ZM5 7h6",
  menu: "M3 3h2v2H3ZM7 3h2v2H7ZM11 3h2v2h-2ZM3 7h2v2H3ZM7 7h2v2H7ZM11 7h2v2h-2ZM7 11h2v2H7Z",
  collect: "M2.500 5h11v6h-11ZM5 8h.01M8 8h.01M11 8h.01",
  language: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM2 8h12M8 2c4 4 4 8 0 12M8 2c-4 4-4 8 0 12",
  hours: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.500V8l2.500 1.500",
  branch: "M3 8h4l4-4h2M7 8l4 4h2",
  set: "M4 5h8M4 8h8M4 11h5",
  split: "M3 8h3l5-4.500M6 8h7M6 8l5 4.500",
  caller: "M8 3a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5ZM3 14c0-3 2-4.500 5-4.500s5 1.500 5 4.500",
  http: "M4 11a3 3 0 0 1 0-6 4 4 0 0 1 7.600 1A2.500 2.500 0 0 1 12 11ZM6 14h4",
  queue: "M3 4h.01M6 4h7M3 8h.01M6 8h7M3 12h.01M6 12h7",
  music: "M6 12V4l7-1.500V10M4.500 10.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3ZM11.500 8.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3Z",
  place: "M4 2.500h8M4 13.500h8M5 2.500c0 4 6 4 6 11M11 2.500c0 4-6 4-6 11",
  callback: "M3 6h8a2.500 2.500 0 0 1 0 5H8M6 3 3 6l3 3",
  voicemail: "M4.500 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5ZM11.500 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5ZM4.500 10.500h7",
  transfer: "M3 5h9M9.500 2.500 12 5 9.500 7.500M13 11H4M6.500 8.500 4 11l2.500 2.500",
  consent: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z",
  survey: "m8 2.500 1.700 3.500 3.800.500-2.800 2.700.700 3.800L8 11.200 4.600 13l.700-3.800L2.500 6.500 6.300 6Z",
  payment: "M2 4h12v8H2ZM2 7h12M4.500 10H7",
  promise: "M3 4h10v9H3ZM3 7h10M6 2.500V5M10 2.500V5M6 10l1.500 1.500L10.500 9",
  subflow: "M2.500 3h5v4h-5ZM8.500 9h5v4h-5ZM5 7v4h3.500",
  return: "M13 4v5H4M7 6 4 9l3 3",
  hangup: "M2.500 10c3-4 8-4 11 0l-2 2-2.500-1.500V8.700H7v1.800L4.500 12Z",
  voice: "M3 6v4h2.500L9 13V3L5.500 6Z",
  input: "M2.500 5h11v6h-11Z",
  logic: "M3 8h4l4-4h2M7 8l4 4h2",
  route: "M3 8h10M9.500 4.500 13 8l-3.500 3.500",
  data: "M3 4c0-2 10-2 10 0v8c0 2-10 2-10 0ZM3 4c0 2 10 2 10 0M3 8c0 2 10 2 10 0",
};

export function KindIcon({ kind, group }: { kind: string; group: string }) {
  return (
    <svg className={`icon group-${group}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SIGNS[kind] ?? SIGNS[group] ?? SIGNS.route} />
    </svg>
  );
}
