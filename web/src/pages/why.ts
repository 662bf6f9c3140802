// Why a campaign was dialled as it was: what the dialer decided, in the words of `callcenter campaign why`. Pure.
import type { Campaign, Dialer } from "./campaigns.ts";
import { W } from "./outlookWords.ts";

export interface Decision {
  at: string;
  cell: string;
  asked: number;
  placed: number;
  cancelled: number;
  floor: Record<string, number>;
  reasons: string[];
}

export interface Why {
  at: string;
  decision: Decision | null;
  around: Decision[];
}

const AGENTS = ["idle", "talk", "wrap", "away"];
const CALLS = ["dialing", "ringing", "amd", "waiting"];
// As the dialer keeps them: one a minute while nothing changes, forty days long.
const QUIET_MS = 150_000;
const KEPT_MS = 40 * 86_400_000;
const SECOND_MS = 1_000;

/** What was decided, and what came of it. */
export function verdict({ asked, placed, cancelled }: Decision): string {
  const told = [asked ? `asked for ${asked} calls` : "no new call"];
  if (asked !== placed) told.push(`${placed} went out`);
  if (cancelled) told.push(`${cancelled} that rang were ended`);
  return told.join(", ");
}

export const agentsIn = ({ floor }: Decision) => counted(floor, AGENTS);
export const callsIn = ({ floor }: Decision) => counted(floor, CALLS);
export const inFlight = ({ floor }: Decision) => CALLS.reduce((sum, name) => sum + (floor[name] ?? 0), 0);

const counted = (floor: Record<string, number>, names: string[]) => names.map((name) => `${floor[name] ?? 0} ${name}`).join(", ");

/** The line of the sum that tells most. */
export function brief({ reasons }: Decision): string {
  return reasons.at(-2) ?? reasons.join("");
}

/** The decision before the one that is shown; null: there is none to go back from. */
export function earlier({ decision, around }: Why): string | null {
  if (!decision) return null;
  const before = around.filter(({ at }) => timeOf(at) < timeOf(decision.at)).at(-1);
  return before?.at ?? new Date(timeOf(decision.at) - 1).toISOString();
}

/** The decision after the one that is shown, or a time as far on as is shown around it; null: that is now. */
export function later({ decision, around, at }: Why, aroundS: number, now: number): string | null {
  const after = decision && around.find((one) => timeOf(one.at) > timeOf(decision.at));
  if (after) return after.at;
  const on = timeOf(at) + 2 * aroundS * SECOND_MS;
  return on < now ? new Date(on).toISOString() : null;
}

/** Why no decision is kept of that time. */
export function noneTold(at: string, now: number, campaign: Pick<Campaign, "state" | "pacing">, dialer: Dialer): string {
  if (timeOf(at) < now - KEPT_MS) return W.why.tooOld;
  if (timeOf(at) < now - QUIET_MS) return W.why.notThen;
  if (!dialer.running) return W.why.noDialer;
  if (campaign.state !== "running") return W.why.notRunning(campaign.state);
  return campaign.pacing ? W.why.dialerSays(campaign.pacing.text) : W.why.notYet;
}

/** Whether the dialer had fallen silent about the campaign by then. */
export function isSilent({ at, decision }: Why): boolean {
  return decision !== null && timeOf(at) - timeOf(decision.at) > QUIET_MS;
}

/** A time as an input of the browser takes it, in its own time zone. */
export function inputOf(at: Date): string {
  const parts = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0"));
  const [month, day, ...clock] = parts;
  return `${at.getFullYear()}-${month}-${day}T${clock.join(":")}`;
}

/** The end of the second that was put in: a decision made within it is the one that is asked for. "" is now: null. */
export function askedAt(input: string): string | null {
  const at = new Date(input).getTime();
  return Number.isNaN(at) ? null : new Date(at + SECOND_MS - 1).toISOString();
}

const timeOf = (iso: string) => new Date(iso).getTime();
