// What must hold for sound both ways, read from the two descriptions of a call (SDP) and from the browser's counts.
//
// Without real microphone permission browsers hide their addresses (`<uuid>.local`, c=0.0.0.0); Asterisk takes that for
// "on hold" and answers recvonly: packets are counted on both sides, and nobody hears anything.

export interface Health {
  /** The microphone is granted. */
  microphone: boolean;
  /** There is an address that the other side can reach; null: not known yet. */
  address: boolean | null;
  /** The other side sends and takes sound; null: not answered yet. */
  bothWays: boolean | null;
  /** Keys can be sent as telephone events; null: not answered yet. */
  keys: boolean | null;
}

export const UNKNOWN: Health = { microphone: false, address: null, bothWays: null, keys: null };

export interface Candidate {
  address: string;
  kind: string;
}

/** The addresses that a description offers. */
export function candidates(sdp: string): Candidate[] {
  return [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+) \d+ typ (\S+)/gm)].map(([, address = "", kind = ""]) => ({ address, kind }));
}

export function hasAddress(sdp: string): boolean {
  return candidates(sdp).some(({ address }) => !address.endsWith(".local"));
}

/** sendrecv unless the description says otherwise: in the audio part, else for all of it (RFC 8866, 6.7). */
export function direction(sdp: string): string {
  const [whole = "", ...parts] = sdp.split(/^(?=m=)/m);
  const said = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m;
  const audio = parts.find((part) => part.startsWith("m=audio")) ?? "";
  return said.exec(audio)?.[1] ?? said.exec(whole)?.[1] ?? "sendrecv";
}

export function takesKeys(sdp: string): boolean {
  return /^a=rtpmap:\d+ telephone-event\//m.test(sdp);
}

export type Trouble = "microphone" | "address" | "one-way" | "keys";

/** What is wrong, worst first; what is not known yet is not wrong. */
export function troubles(health: Health): Trouble[] {
  const found: Trouble[] = [];
  if (!health.microphone) found.push("microphone");
  if (health.address === false) found.push("address");
  if (health.bothWays === false) found.push("one-way");
  if (health.keys === false) found.push("keys");
  return found;
}
