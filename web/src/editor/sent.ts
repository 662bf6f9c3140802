// What was sent to be saved and is not known to be stored, kept across a reload: nobody must lose it, or meet it as another's.
import type { Draft } from "../flow/body.ts";

export interface Sent {
  draft: Draft;
  /** The number of the draft that it builds upon. */
  lock: string;
  hash: string;
}

const keyOf = (flow: string) => `sent ${flow}`;

export function keepSent(flow: string, sent: Sent): void {
  try {
    sessionStorage.setItem(keyOf(flow), JSON.stringify(sent));
  } catch {
    // No room: then a reload in this very moment is asked about by the browser, as ever.
  }
}

export function sentOf(flow: string): Sent | null {
  const kept = sessionStorage.getItem(keyOf(flow));
  return kept === null ? null : (JSON.parse(kept) as Sent);
}

/** The desk has answered: it has it, or it refused it. */
export function forgetSent(flow: string): void {
  sessionStorage.removeItem(keyOf(flow));
}
