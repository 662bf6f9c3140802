// The kinds as the desk tells of them, from the schema that the program writes for editors.
import { readFileSync } from "node:fs";
import type { FlowBody } from "../src/flow/body.ts";
import { type ExitRule, type Kinds, type Schema, withPlainTypes } from "../src/flow/kinds.ts";

const ROOT = new URL("../../", import.meta.url);
const whole = JSON.parse(readFileSync(new URL("tests/ivr/flow-schema.json", ROOT), "utf8")) as Schema;

const NEXT: ExitRule = { required: ["next"], optional: {}, from: null, required_if: {}, open: false };
const rule = (required: string[], more: Partial<ExitRule> = {}): ExitRule => ({ ...NEXT, required, ...more });

const RULES: Record<string, [string, ExitRule]> = {
  play: ["voice", NEXT],
  say: ["voice", rule(["next"], { optional: { failed: "next" } })],
  menu: ["input", rule(["failed"], { optional: { silence: "failed", invalid: "failed" }, from: { field: "choices", take: "keys" } })],
  collect: ["input", rule(["done", "failed"])],
  language: ["input", rule(["next"], { optional: { failed: "next" } })],
  hours: ["logic", rule(["open", "closed"], { optional: { holiday: "closed" } })],
  branch: ["logic", rule(["else"], { optional: { error: "else" }, from: { field: "cases", take: "exit" } })],
  set: ["logic", rule(["next"], { optional: { error: "next" } })],
  split: ["logic", rule([], { from: { field: "weights", take: "keys" } })],
  caller: ["data", rule(["known", "unknown"], { optional: { vip: "known", failed: "unknown" } })],
  http: ["data", rule(["ok", "failed"], { optional: { timeout: "failed", "not-found": "failed" } })],
  queue: ["route", rule(["done", "unavailable"], { optional: { timeout: "unavailable" }, open: true })],
  music: ["voice", rule(["next"], { from: { field: "keys", take: "values" } })],
  place: ["voice", NEXT],
  callback: ["route", rule(["booked", "failed", "declined"])],
  voicemail: ["route", rule(["saved", "empty", "failed"])],
  transfer: ["route", rule(["answered", "failed"], { optional: { busy: "failed", "no-answer": "failed" } })],
  consent: ["voice", rule(["next"], { optional: { refused: "next" } })],
  survey: ["input", rule(["done", "declined"])],
  payment: ["data", rule(["paid", "declined", "failed"], { optional: { unknown: "failed" } })],
  promise: ["data", rule(["saved", "failed"])],
  subflow: ["route", rule([], { required_if: { arguments: ["failed"] }, open: true })],
  return: ["route", rule([])],
  hangup: ["route", rule([])],
};

function schemaOf(kind: string): Schema {
  const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Node`;
  const { [name]: own = {}, ...others } = whole.$defs ?? {};
  return withPlainTypes({ ...own, $defs: others });
}

export const KINDS: Kinds = Object.fromEntries(
  Object.entries(RULES).map(([kind, [group, exits]]) => {
    const schema = schemaOf(kind);
    const title = kind.charAt(0).toUpperCase() + kind.slice(1);
    return [kind, { title, group, help: schema.description?.split("\n")[0] ?? "", version: 1, schema, exits }];
  }),
);

export function flowNamed(name: string): FlowBody {
  return JSON.parse(readFileSync(new URL(`ivr/flows/${name}.json`, ROOT), "utf8")) as FlowBody;
}

export const FLOWS = ["main", "after-hours", "callback", "payment", "wait"];
