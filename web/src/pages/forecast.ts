// A campaign's forecast, in the words of `callcenter campaign forecast`. Pure.
import { W } from "./outlookWords.ts";

/** Eight of ten days lie within; null is beyond the horizon. */
export interface Range {
  low: number;
  mid: number;
  high: number | null;
}

export interface Belief {
  mean: number;
  low: number;
  high: number;
  source: string;
  seen: number;
}

export interface Team {
  agents: number;
  utilisation: Range;
  drop_rate: Range;
  calls_per_hour: Range;
  connects_per_hour: Range;
  connects_per_agent_hour: Range;
  runs_dry: number;
  dry_after_h: Range | null;
  used_up_days: Range | null;
}

export interface Forecast {
  mode: string;
  cap: number;
  start: string;
  hours: number;
  answer_rate: Belief;
  handle_s: Belief;
  rings_s: number;
  times: string;
  stock: { ready: number; today: number; never: number; sampled: number } | null;
  teams: Team[];
  staffing: { keeps_up: number | null; most_connects: number | null };
  notes: string[];
}

const FORGET = 0.005; // less than this is not told as a chance
const BEYOND = "…";

const fixed = (value: number, digits: number) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A share: `3 %`, `1.23 %`. */
export const percent = (share: number) => `${Math.round(10_000 * share) / 100} %`;

/** A range of shares: `87 % (85–89)`. */
export function shares({ low, mid, high }: Range, digits = 0): string {
  const [least, middle, most] = [low, mid, high].map((one) => (one === null ? BEYOND : (100 * one).toFixed(digits)));
  return `${middle} % (${least}–${most})`;
}

/** A range of numbers. */
export function numbers({ low, mid, high }: Range, digits = 0): string {
  const [least, middle, most] = [low, mid, high].map((one) => (one === null ? BEYOND : fixed(one, digits)));
  return least === middle && middle === most ? `${middle}` : `${middle} (${least}–${most})`;
}

/** When the list has too few leads due. */
export function dry({ dry_after_h, runs_dry }: Team): string {
  if (dry_after_h) return W.forecast.after(numbers(dry_after_h, 1));
  return runs_dry < FORGET ? "–" : W.forecast.hardly(`${Math.round(100 * runs_dry)} %`);
}

/** When no lead is left for another try. */
export const usedUp = ({ used_up_days }: Team) => (used_up_days ? W.forecast.inDays(numbers(used_up_days)) : "–");

export function answersTold({ answer_rate: belief }: Forecast): string {
  const mean = (100 * belief.mean).toFixed(1);
  const [low, high] = [belief.low, Math.min(1, belief.high)].map((one) => (100 * one).toFixed(0));
  return W.forecast.answers(`${mean} % (${low}–${high})`, sourceOf(belief, W.forecast.calls));
}

export function handlingTold({ handle_s: belief }: Forecast): string {
  const [mean, low, high] = [belief.mean, belief.low, belief.high].map((one) => one.toFixed(0));
  return `${mean} s (${low}–${high}): ${sourceOf(belief, W.forecast.talks)}`;
}

export const ringingTold = ({ rings_s, times }: Forecast) => W.forecast.rings(rings_s.toFixed(1), times);

const sourceOf = ({ source, seen }: Belief, what: string) => (seen ? `${source} (${fixed(seen, 0)} ${what})` : source);

/** The leads, "" without any. */
export function listTold({ stock }: Forecast): string {
  if (!stock) return "";
  const { ready, today, never, sampled } = stock;
  const told = [W.forecast.ready(fixed(ready, 0)), W.forecast.may(fixed(today, 0)) + (never ? W.forecast.never(fixed(never, 0)) : "")];
  return told.join("; ") + (sampled < ready ? W.forecast.sampled(fixed(sampled, 0)) : "");
}

/** The best team, and what best means. */
export function bestTold({ stock, staffing: { keeps_up, most_connects } }: Forecast): string[] {
  const told = [];
  if (stock) told.push(keeps_up === null ? W.forecast.noneKeepsUp : W.forecast.keepsUp(keeps_up));
  if (most_connects !== null) told.push(W.forecast.mostTalks(most_connects));
  return told;
}

/** What is asked, as the query of an address; empty fields are left out. */
export function queryOf(fields: [name: string, value: string][]): string {
  return new URLSearchParams(fields.filter(([, value]) => value.trim() !== "")).toString();
}
