// Campaigns as the desk tells of them. Pure.
import { P } from "./words.ts";

export interface Drops {
  rule: string;
  cap: number;
  answered: number;
  dropped: number;
  rate: number | null;
}

export interface Campaign {
  name: string;
  title: string;
  state: string;
  kind: string;
  queue: string;
  leads: Record<string, number>;
  next_due: string | null;
  in_flight: Record<string, number>;
  today: Record<string, number>;
  total: Record<string, number>;
  drops: Drops[];
  pacing: { text: string; seen_at: string } | null;
  notes: string[];
}

export interface Dialer {
  running: boolean;
  text: string;
}

export type Verb = "start" | "pause" | "drain" | "end";

const VERBS: Record<string, Verb[]> = {
  running: ["pause", "drain", "end"],
  paused: ["start", "end"],
  draining: ["start", "pause", "end"],
  ended: ["start"],
};
// A supervisor stops calls at once, and lets what was stopped go on.
const SUPERVISED: Record<string, Verb[]> = { running: ["pause"], paused: ["start"], draining: ["pause"] };

export function verbsOf(state: string, isAdmin: boolean): Verb[] {
  return (isAdmin ? VERBS : SUPERVISED)[state] ?? [];
}

/** The share of drops that is nearest to its limit. */
export function worst(drops: Drops[]): string {
  const known = drops.filter(({ rate }) => rate !== null).sort((a, b) => nearness(b) - nearness(a));
  const [first] = known;
  return first ? P.campaigns.share(first.rate ?? 0, first.cap) : P.campaigns.none;
}

const nearness = ({ rate, cap }: Drops) => (rate ?? 0) / (cap || 1);

export function counts(of: Record<string, number>): string {
  const told = Object.entries(of).filter(([, count]) => count > 0);
  return told.map(([what, count]) => `${what} ${count}`).join(", ") || P.campaigns.zero;
}

const OF_ALL = [
  ...["kind", "queue", "trunk", "company", "callback", "caller_id", "title", "mode", "cap_percent", "ring_s", "max_wait_s"],
  ...["order", "interval_min", "max_tries", "language", "skills", "region", "opt_out_key", "weight", "amd"],
  "amd_misses_percent",
];
const OF_CALLBACKS = ["title", "trunk", "caller_id", "region", "ring_s", "interval_min", "max_tries"];

/** What may be changed of a campaign: of a queue's calls back little, the rest follows from whom they are for. */
export function fieldsOf(kind: string): { fields: string[]; without: string[] } {
  const fields = kind === "callback" ? OF_CALLBACKS : OF_ALL;
  return { fields, without: OF_ALL.filter((name) => !fields.includes(name)) };
}

export const pathOf = (name: string) => `/campaigns/${encodeURIComponent(name)}`;

/** The address of a campaign's page. */
export const toCampaign = (name: string) => `#/campaigns/campaigns/${encodeURIComponent(name)}`;

export const inAll = (of: Record<string, number>) => Object.values(of).reduce((sum, count) => sum + count, 0);

export const outcomeTold = (outcome: string | null) => (outcome === null ? P.none : (P.campaigns.outcomes[outcome] ?? outcome));

/** Counts of calls under way, by how far they are. */
export function stages(of: Record<string, number>): string {
  return counts(Object.fromEntries(Object.entries(of).map(([what, count]) => [P.campaigns.stages[what] ?? what, count])));
}

/** Counts by outcome, in words. */
export function outcomes(of: Record<string, number>): string {
  return counts(Object.fromEntries(Object.entries(of).map(([what, count]) => [outcomeTold(what), count])));
}
