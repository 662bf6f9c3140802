import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../src/flow/body.ts";
import { kindsLike } from "../src/editor/kindList.ts";
import { arranged } from "../src/flow/arrange.ts";
import type { Spot } from "../src/flow/moves.ts";
import { firstSpot, moved } from "../src/flow/moves.ts";
import { summaryOf, variablesOf } from "../src/flow/summary.ts";
import { faultOf } from "../src/form/checks.ts";
import { chance, pick } from "./chance.ts";
import { FLOWS, KINDS, flowNamed } from "./kinds.ts";

const body = flowNamed("main");
const places = arranged(body, KINDS);
const go = (from: Spot, arrow: "up" | "down" | "left" | "right", came: Spot[] = []) => moved(body, places, KINDS, from, arrow, came);

test("Right follows the selected exit, left goes back the way one came", () => {
  const menu = { node: "choose", exit: "sales" };
  const next = go(menu, "right");
  assert.equal(next.node, body.nodes.choose?.exits?.sales);
  assert.deepEqual(go(next, "left", [menu]), menu);
});

test("Left without a way one came finds a node that leads here", () => {
  const to = go(firstSpot(body, KINDS, "choose"), "left");
  assert.equal(body.nodes[to.node]?.exits?.[to.exit ?? ""], "choose");
});

test("Down goes through the exits, then to the node below", () => {
  let spot = firstSpot(body, KINDS, "choose");
  const seen = [spot.exit];
  for (;;) {
    const next = go(spot, "down");
    if (next.node !== "choose") break;
    assert.ok(!seen.includes(next.exit));
    seen.push(next.exit);
    spot = next;
  }
  assert.ok(seen.length >= 8);
  assert.equal(go({ node: "choose", exit: seen[1] ?? null }, "up").exit, seen[0]);
});

test("Wherever the arrows lead, there is a node, and an exit that it has", () => {
  for (const flow of FLOWS) {
    const one = flowNamed(flow);
    const at = arranged(one, KINDS);
    const random = chance(flow.length);
    let spot = firstSpot(one, KINDS, one.start);
    for (let step = 0; step < 300; step += 1) {
      spot = moved(one, at, KINDS, spot, pick(random, ["up", "down", "left", "right"]), []);
      assert.ok(spot.node in one.nodes);
    }
  }
});

test("Every node of a shipped flow can be reached by arrows alone", () => {
  const reached = new Set<string>();
  const todo: Spot[] = [firstSpot(body, KINDS, body.start)];
  const known = new Set<string>();
  for (let spot = todo.pop(); spot; spot = todo.pop()) {
    reached.add(spot.node);
    for (const arrow of ["up", "down", "left", "right"] as const) {
      const next = go(spot, arrow);
      const key = `${next.node} ${next.exit}`;
      if (!known.has(key)) todo.push(next);
      known.add(key);
    }
  }
  assert.deepEqual([...reached].sort(), Object.keys(body.nodes).sort());
});

test("Kinds are found by what they are called, then by what they do", () => {
  assert.equal(kindsLike(KINDS, "men")[0]?.kind, "menu");
  assert.equal(kindsLike(KINDS, "hang")[0]?.kind, "hangup");
  assert.ok(kindsLike(KINDS, "agent").some(({ kind }) => kind === "queue"));
  assert.deepEqual(kindsLike(KINDS, "no such thing"), []);
});

test("A node is told by what it says, else by what it is about", () => {
  const text = (key: string) => (key === "welcome" ? "Thank you." : "");
  assert.equal(summaryOf({ kind: "play", prompts: ["welcome", "other"] }, KINDS, text), "Thank you. other");
  assert.equal(summaryOf({ kind: "queue", queue: "sales" }, KINDS, text), "sales");
  assert.equal(summaryOf({ kind: "hangup", note: "the end" }, KINDS, text), "the end");
});

test("Variables are listed with the nodes that set and read them", () => {
  const uses = variablesOf(
    {
      ask: { kind: "collect", prompts: ["x"], into: "age" },
      look: { kind: "branch", cases: [{ when: 'age > 17 and language == "age"', exit: "adult" }] },
    },
    KINDS,
  );
  assert.deepEqual([...uses], [["age", { set: ["ask"], read: ["look"] }]]);
});

test("What a field may not be is said while one types", () => {
  const menu = KINDS.menu?.schema ?? {};
  const fault = (field: string, value: Json) => faultOf(value, menu.properties?.[field] ?? {}, menu, true);
  assert.equal(fault("timeout_s", 0), "must be more than 0");
  assert.equal(fault("tries", 11), "must be at most 10");
  assert.equal(fault("confirm_prompt", "x y"), "does not have the form that is asked for");
  assert.equal(fault("choices", {}), "needs at least 1");
  assert.equal(fault("invalid_prompt", ""), "must be filled in");
  assert.equal(fault("timeout_s", 6), "");
});
