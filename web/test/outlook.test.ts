// What the dialer decided and what a day may bring, as the campaign's page tells it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Forecast, type Team, answersTold, bestTold, dry, listTold, numbers, queryOf, shares, usedUp } from "../src/pages/forecast.ts";
import { type Decision, askedAt, brief, earlier, inFlight, inputOf, isSilent, later, noneTold, verdict } from "../src/pages/why.ts";

const AT = Date.UTC(2026, 2, 2, 14, 3, 22);
const iso = (seconds: number) => new Date(AT + 1_000 * seconds).toISOString();

function decided(seconds: number, more: Partial<Decision> = {}): Decision {
  return { at: iso(seconds), cell: "a", asked: 0, placed: 0, cancelled: 0, floor: {}, reasons: [], ...more };
}

test("a decision is told as the command line does", () => {
  assert.equal(verdict(decided(0)), "no new call");
  assert.equal(verdict(decided(0, { asked: 7, placed: 6, cancelled: 1 })), "asked for 7 calls, 6 went out, 1 that rang were ended");
  assert.equal(verdict(decided(0, { asked: 2, placed: 2 })), "asked for 2 calls");
  assert.equal(inFlight(decided(0, { floor: { dialing: 2, ringing: 3, amd: 1, waiting: 1, idle: 9 } })), 7);
  assert.equal(brief(decided(0, { reasons: ["a", "b", "c"] })), "b");
  assert.equal(brief(decided(0, { reasons: ["a"] })), "a");
});

test("one goes from decision to decision, and on where none was made", () => {
  const [first, second, third] = [decided(-2), decided(0), decided(3)];
  const why = { at: iso(1), decision: second, around: [first, second, third] };
  assert.equal(earlier(why), first.at);
  assert.equal(later(why, 15, AT + 60_000), third.at);
  assert.equal(earlier({ ...why, around: [second] }), new Date(AT - 1).toISOString());
  assert.equal(later({ ...why, around: [second] }, 15, AT + 60_000), iso(31));
  assert.equal(later({ ...why, around: [second] }, 15, AT + 20_000), null);
  assert.equal(earlier({ ...why, decision: null, around: [] }), null);
});

test("without a decision it is told why there is none", () => {
  const dialer = { running: true, text: "" };
  const campaign = { state: "running", pacing: null };
  assert.match(noneTold(iso(0), AT + 41 * 86_400_000, campaign, dialer), /kept for 40 days/);
  assert.match(noneTold(iso(0), AT + 600_000, campaign, dialer), /had not run by then/);
  assert.match(noneTold(iso(0), AT, campaign, { ...dialer, running: false }), /dialer does not run/);
  assert.match(noneTold(iso(0), AT, { ...campaign, state: "paused" }, dialer), /The campaign is paused/);
  assert.match(noneTold(iso(0), AT, { ...campaign, pacing: { text: "outside hours", seen_at: "" } }, dialer), /says: outside hours/);
  assert.match(noneTold(iso(0), AT, campaign, dialer), /not decided anything/);
});

test("a dialer that fell silent is told of", () => {
  assert.equal(isSilent({ at: iso(90), decision: decided(0), around: [] }), false);
  assert.equal(isSilent({ at: iso(400), decision: decided(0), around: [] }), true);
  assert.equal(isSilent({ at: iso(400), decision: null, around: [] }), false);
});

test("a time is asked for to the end of its second, in the browser's own time zone", () => {
  assert.equal(askedAt(""), null);
  assert.equal(askedAt(inputOf(new Date(AT))), new Date(AT + 999).toISOString());
});

const span = (low: number, mid: number, high: number | null) => ({ low, mid, high });
const TEAM: Team = {
  agents: 5,
  utilisation: span(0.71, 0.754, 0.8),
  drop_rate: span(0.01, 0.02, 0.03),
  calls_per_hour: span(100, 1_200.4, 1_300),
  connects_per_hour: span(30, 30, 30),
  connects_per_agent_hour: span(6, 6.04, 7),
  runs_dry: 0.03,
  dry_after_h: null,
  used_up_days: null,
};
const FORECAST: Forecast = {
  mode: "predictive",
  cap: 0.03,
  start: iso(0),
  hours: 8,
  answer_rate: { mean: 0.25, low: 0.181, high: 1.2, source: "this campaign's attempts", seen: 1_234 },
  handle_s: { mean: 120, low: 100, high: 140, source: "assumed", seen: 0 },
  rings_s: 9,
  times: "assumed",
  stock: { ready: 2_000, today: 1_500, never: 0, sampled: 1_000 },
  teams: [TEAM],
  staffing: { keeps_up: null, most_connects: 12 },
  notes: [],
};

test("ranges are told as the command line does", () => {
  assert.equal(shares(TEAM.utilisation), "75 % (71–80)");
  assert.equal(shares(TEAM.drop_rate, 1), "2.0 % (1.0–3.0)");
  assert.equal(numbers(TEAM.calls_per_hour), "1,200 (100–1,300)");
  assert.equal(numbers(TEAM.connects_per_hour), "30");
  assert.equal(numbers(span(2, 3.25, null), 1), "3.3 (2.0–…)");
});

test("how long the list lasts", () => {
  assert.equal(dry(TEAM), "hardly (3 %)");
  assert.equal(dry({ ...TEAM, runs_dry: 0 }), "–");
  assert.equal(dry({ ...TEAM, dry_after_h: span(2, 3, null) }), "after 3.0 (2.0–…) h");
  assert.equal(usedUp(TEAM), "–");
  assert.equal(usedUp({ ...TEAM, used_up_days: span(3, 4, 6) }), "in 4 (3–6) days");
  assert.equal(listTold(FORECAST), "2,000 leads ready; 1,500 may be called that day (from 1,000 of them)");
  assert.equal(listTold({ ...FORECAST, stock: null }), "");
});

test("what the forecast stands on, and the best team", () => {
  assert.equal(answersTold(FORECAST), "25.0 % (18–100) of calls: this campaign's attempts (1,234 calls)");
  assert.deepEqual(bestTold(FORECAST), [
    "no team asked for calls all that is due by the end of the day in eight of ten days",
    "12 agents: most talks per agent-hour (the fewest within 1 %)",
  ]);
  assert.deepEqual(bestTold({ ...FORECAST, stock: null, staffing: { keeps_up: null, most_connects: null } }), []);
  assert.equal(queryOf([["agents", "5"], ["agents_to", " "], ["hours", "7.5"]]), "agents=5&hours=7.5");
});
