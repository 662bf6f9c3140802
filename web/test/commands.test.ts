import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft } from "../src/flow/body.ts";
import { newDraft } from "../src/flow/body.ts";
import { applied } from "../src/flow/commands.ts";
import { exitsOf } from "../src/flow/exits.ts";
import { newNode } from "../src/flow/kinds.ts";
import { KINDS, flowNamed } from "./kinds.ts";

const draft = (): Draft => ({ body: flowNamed("main"), layout: { nodes: {} }, tests: [] });
const first = { prompt: "welcome", names: { queue: ["sales"] } };

test("A node added after an exit is connected to it", () => {
  const begun = newDraft("new", "welcome");
  const at = { x: 1, y: 2 };
  const node = newNode(KINDS, "menu", first);
  const made = applied(begun, { do: "add", name: "ask", node, at, after: { node: "greet", exit: "next" } }, KINDS);
  assert.equal(made.body.nodes.greet?.exits?.next, "ask");
  assert.deepEqual(made.layout.nodes.ask, at);
});

test("A node added into a way goes on where that way led, by its first exit", () => {
  const begun = newDraft("new", "welcome");
  const node = newNode(KINDS, "play", first);
  const made = applied(begun, { do: "add", name: "more", node, at: { x: 0, y: 0 }, after: { node: "greet", exit: "next" } }, KINDS);
  assert.equal(made.body.nodes.more?.exits?.next, "end");
});

test("A choice that gets another name keeps its way", () => {
  const begun = draft();
  const { sales = null, ...others } = begun.body.nodes.choose?.choices as Record<string, never>;
  const target = begun.body.nodes.choose?.exits?.sales;
  const made = applied(begun, { do: "set", node: "choose", path: ["choices"], value: { ...others, buy: sales } }, KINDS);
  assert.equal(made.body.nodes.choose?.exits?.buy, target);
  assert.equal(made.body.nodes.choose?.exits?.sales, undefined);
});

test("A choice that goes takes its way along", () => {
  const made = applied(draft(), { do: "set", node: "choose", path: ["choices", "sales"], value: undefined }, KINDS);
  assert.equal(made.body.nodes.choose?.exits?.sales, undefined);
  assert.notEqual(made.body.nodes.choose?.exits?.support, undefined);
});

test("What is typed into the exit of a case keeps its way, letter by letter", () => {
  let made = draft();
  const [name] = Object.entries(made.body.nodes).find(([, node]) => node.kind === "branch") ?? [""];
  const before = exitsOf(made.body.nodes[name] ?? { kind: "" }, KINDS)[0];
  for (const typed of ["a", "ab", "abc"]) {
    made = applied(made, { do: "set", node: name, path: ["cases", 0, "exit"], value: typed }, KINDS);
  }
  const exits = exitsOf(made.body.nodes[name] ?? { kind: "" }, KINDS);
  assert.equal(exits.find((exit) => exit.name === "abc")?.target, before?.target);
});

test("Where a node is renamed, every reference follows: exits, start, place, tests", () => {
  const begun: Draft = {
    ...draft(),
    layout: { nodes: { who: { x: 5, y: 6 } } },
    tests: [{ name: "a", steps: [], given: { split: { who: "a" } }, expect: { path: ["who -> known", "...", "wait:who"] } }],
  };
  const made = applied(begun, { do: "rename", from: "who", to: "look-up" }, KINDS);
  assert.equal(made.body.start, "look-up");
  assert.deepEqual(made.layout.nodes, { "look-up": { x: 5, y: 6 } });
  assert.deepEqual(made.tests[0]?.expect?.path, ["look-up -> known", "...", "wait:who"]);
  assert.deepEqual(made.tests[0]?.given, { split: { "look-up": "a" } });
  const targets = Object.values(made.body.nodes).flatMap((node) => Object.values(node.exits ?? {}));
  assert.ok(!targets.includes("who"));
});

test("A name that is taken changes nothing", () => {
  const begun = draft();
  assert.equal(applied(begun, { do: "rename", from: "who", to: "choose" }, KINDS), begun);
});

test("A removed node leaves the exits that led there unconnected", () => {
  const made = applied(draft(), { do: "remove", nodes: ["choose"] }, KINDS);
  const targets = Object.values(made.body.nodes).flatMap((node) => Object.values(node.exits ?? {}));
  assert.ok(!("choose" in made.body.nodes) && !targets.includes("choose"));
});

test("A list loses the item that is taken out", () => {
  const made = applied(draft(), { do: "set", node: "choose", path: ["prompts", 0], value: undefined }, KINDS);
  assert.deepEqual(made.body.nodes.choose?.prompts, ["es/this-language-press-8", "fr/this-language-press-7"]);
});
