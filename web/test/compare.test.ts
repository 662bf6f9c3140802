import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft, FlowBody } from "../src/flow/body.ts";
import { canonicalBody, canonicalText } from "../src/flow/canonical.ts";
import { applied } from "../src/flow/commands.ts";
import { differences, nodesChanged, overlay } from "../src/flow/differences.ts";
import { heatOf, strokeOf } from "../src/flow/heat.ts";
import { divergences, merged, partKey, usualChoice } from "../src/flow/merge.ts";
import { traceOf } from "../src/flow/trace.ts";
import { conversation, stepInWords } from "../src/flow/talk.ts";
import { FLOWS, KINDS, flowNamed } from "./kinds.ts";

const draftOf = (body: FlowBody): Draft => ({ body, layout: { nodes: {} }, tests: [] });

test("A shipped flow is its own canonical form: nothing is left out that the server keeps", () => {
  for (const flow of FLOWS) assert.deepEqual(differences(flowNamed(flow), flowNamed(flow), KINDS), []);
});

test("Order and defaults written out are no difference", () => {
  const body = flowNamed("main");
  const choose = body.nodes.choose ?? { kind: "" };
  const other = { ...body, nodes: Object.fromEntries(Object.entries(body.nodes).reverse()) };
  other.nodes.choose = { exits: choose.exits ?? {}, timeout_s: 6, tries: 3, note: "", ...choose };
  const text = (one: FlowBody) => canonicalText(canonicalBody(one, KINDS) as never);
  assert.equal(text(body), text(other));
  assert.deepEqual(differences(body, other, KINDS), []);
  assert.equal(canonicalText({ b: 1, a: [null, "x"] }), '{"a":[null,"x"],"b":1}');
});

test("Differences are told by node and field; a renamed node is one", () => {
  const before = draftOf(flowNamed("main"));
  let after = applied(before, { do: "set", node: "choose", path: ["timeout_s"], value: 9 }, KINDS);
  after = applied(after, { do: "rename", from: "say-goodbye", to: "goodbye" }, KINDS);
  const changes = differences(before.body, after.body, KINDS);
  assert.deepEqual(
    changes.map(({ sort, node, field }) => [sort, node, field]),
    [["added", "choose", "timeout_s"], ["renamed", "say-goodbye", ""]],
  );
  assert.equal(nodesChanged(changes), 2);
});

test("The overlay has what was removed as well, and each exit that came or went", () => {
  const before = draftOf(flowNamed("main"));
  let after = applied(before, { do: "remove", nodes: ["choose"] }, KINDS);
  after = applied(after, { do: "add", name: "brand-new", node: { kind: "hangup" }, at: { x: 0, y: 0 } }, KINDS);
  const drawn = overlay(before.body, after.body, KINDS);
  assert.equal(drawn.nodes.get("choose"), "removed");
  assert.equal(drawn.nodes.get("brand-new"), "added");
  assert.ok("choose" in drawn.body.nodes);
  assert.ok([...drawn.exits].some(([edge, sort]) => edge.endsWith("\nchoose") && sort === "removed"));
});

test("Two who changed different nodes lose nothing", () => {
  const base = draftOf(flowNamed("main"));
  const mine = applied(base, { do: "set", node: "choose", path: ["note"], value: "mine" }, KINDS);
  let theirs = applied(base, { do: "set", node: "who", path: ["note"], value: "theirs" }, KINDS);
  theirs = applied(theirs, { do: "tests", tests: [{ name: "new", steps: [] }] }, KINDS);
  const parts = divergences(base, mine, theirs);
  assert.deepEqual(parts.map(({ part, by }) => [partKey(part), by]), [["node choose", "mine"], ["node who", "theirs"], ["tests", "theirs"]]);
  const choices = new Map(parts.map((one) => [partKey(one.part), usualChoice(one)]));
  const both = merged(mine, theirs, parts, choices);
  assert.equal(both.body.nodes.choose?.note, "mine");
  assert.equal(both.body.nodes.who?.note, "theirs");
  assert.equal(both.tests.length, 1);
});

test("Where both changed a node, it is chosen; a removed one stays removed if so chosen", () => {
  const base = draftOf(flowNamed("main"));
  const mine = applied(base, { do: "set", node: "choose", path: ["note"], value: "mine" }, KINDS);
  const theirs = applied(base, { do: "remove", nodes: ["choose"] }, KINDS);
  const parts = divergences(base, mine, theirs);
  const choose = parts.find(({ part }) => partKey(part) === "node choose");
  assert.equal(choose?.by, "both");
  assert.equal(choose?.theirs, "removed");
  const taken = merged(mine, theirs, parts, new Map(parts.map(({ part }) => [partKey(part), "theirs"])));
  assert.deepEqual(taken.body, theirs.body);
});

test("Heat adds up what goes through an exit, and says where callers left", () => {
  const heat = heatOf([
    { node: "a", exit: "x", visits: 30, calls: 30 },
    { node: "a", exit: "x", visits: 10, calls: 9 },
    { node: "a", exit: "", visits: 10, calls: 10 },
  ]);
  assert.equal(heat.exits.get("a\nx"), 40);
  assert.deepEqual(heat.nodes.get("a"), { visits: 50, left: 0.2 });
  assert.ok(strokeOf(40, heat.most) > strokeOf(1, heat.most));
  assert.ok(Number.isFinite(strokeOf(0, 0)));
});

test("A trace shows the way so far, of this flow only", () => {
  const path = [
    { flow: "main", node: "a", exit: "x" },
    { flow: "wait", node: "music", exit: "next" },
    { flow: "main", node: "b", exit: "" },
  ];
  assert.equal(traceOf(path, "main").current, "b");
  assert.deepEqual([...traceOf(path, "main", 2).exits], ["a\nx"]);
  assert.equal(traceOf(path, "main", 0).current, null);
});

test("What was heard and what the caller did stand in the order they came", () => {
  const line = (text: string) => ({ at_s: 0, text, key: text, language: "en" });
  const talk = conversation([line("hello"), line("menu"), line("bye")], [{ press: "1" }, "hang up"], [2, 3]);
  assert.deepEqual(talk.map((one) => (one.by === "centre" ? one.line.text : stepInWords(one.step))), ["hello", "menu", "presses 1", "bye", "hangs up"]);
});
