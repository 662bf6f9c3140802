import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowBody } from "../src/flow/body.ts";
import { arranged } from "../src/flow/arrange.ts";
import { copied, clipOf, pasted } from "../src/flow/clipboard.ts";
import { dangles, exitsOf } from "../src/flow/exits.ts";
import { find } from "../src/flow/find.ts";
import { newNode } from "../src/flow/kinds.ts";
import { freeName, nameFrom } from "../src/flow/names.ts";
import { outline } from "../src/flow/outline.ts";
import { placeAfter, withRoom } from "../src/flow/place.ts";
import { NODE_WIDTH, nodeHeight } from "../src/flow/size.ts";
import { FLOWS, KINDS, flowNamed } from "./kinds.ts";

const namesOf = (node: FlowBody["nodes"][string]) => exitsOf(node, KINDS).map(({ name }) => name);

test("Every shipped flow has no exit that its kind does not know, and none that dangles", () => {
  for (const flow of FLOWS) {
    const body = flowNamed(flow);
    for (const [name, node] of Object.entries(body.nodes)) {
      const open = KINDS[node.kind]?.exits.open;
      for (const exit of exitsOf(node, KINDS)) {
        assert.ok(!dangles(exit, body), `${flow}.${name} ${exit.name}`);
        assert.ok(open || exit.sort !== "extra", `${flow}.${name} ${exit.name}`);
      }
    }
  }
});

test("Exits come from content: choices by key, cases, weights, keys of music, arguments", () => {
  const menu = { kind: "menu", choices: { zero: { keys: ["0"] }, star: { keys: ["*"] }, one: { keys: ["1", "5"] } } };
  assert.deepEqual(namesOf(menu), ["one", "star", "zero", "failed", "silence", "invalid"]);
  assert.equal(exitsOf(menu, KINDS)[0]?.hint, "1 5");
  assert.deepEqual(namesOf({ kind: "branch", cases: [{ when: "a", exit: "x" }, { when: "b", exit: "x" }] }), ["x", "else", "error"]);
  assert.deepEqual(exitsOf({ kind: "split", weights: { b: 30, a: 70 } }, KINDS).map(({ hint }) => hint), ["30 %", "70 %"]);
  assert.deepEqual(namesOf({ kind: "music", keys: { "1": "back" } }), ["back", "next"]);
  assert.deepEqual(namesOf({ kind: "subflow", flow: "x" }), []);
  assert.deepEqual(namesOf({ kind: "subflow", flow: "x", arguments: { a: "1" }, exits: { paid: "y" } }), ["failed", "paid"]);
});

test("A new node of every kind has all its required fields", () => {
  for (const kind of Object.keys(KINDS)) {
    const node = newNode(KINDS, kind, { prompt: "welcome", names: { queue: ["sales"] } });
    for (const field of KINDS[kind]?.schema.required ?? []) assert.ok(field in node, `${kind}.${field}`);
  }
});

test("A kind nobody knows has the exits it is connected by", () => {
  assert.deepEqual(namesOf({ kind: "new-one", exits: { a: "b" } }), ["a"]);
});

test("Names: free ones are counted on, typed ones made plain", () => {
  assert.equal(freeName("play", new Set(["play", "play-2"])), "play-3");
  assert.equal(freeName("play-2", new Set(["play-2"])), "play-3");
  assert.equal(nameFrom("  Größe & Más "), "gro-e-mas");
  assert.equal(nameFrom("***"), "node");
  assert.ok(freeName("a".repeat(64), new Set(["a".repeat(64)])).length <= 64);
});

test("Pasted nodes have free names, and their exits among one another", () => {
  const body = flowNamed("main");
  const draft = { body, layout: { nodes: { choose: { x: 1, y: 1 } } }, tests: [] };
  const target = body.nodes.choose?.exits?.sales ?? "";
  const clip = clipOf(copied(draft, ["choose", target]));
  assert.ok(clip);
  const made = pasted(draft, clip);
  assert.deepEqual(Object.keys(made.nodes), ["choose-2", `${target}-2`]);
  assert.equal(made.nodes["choose-2"]?.exits?.sales, `${target}-2`);
  assert.ok(Object.values(made.nodes["choose-2"]?.exits ?? {}).every((to) => to in made.nodes));
  assert.equal(clipOf("something else"), null);
  assert.equal(clipOf('{"a": 1}'), null);
});

test("Find looks into names, kinds and fields, names first", () => {
  const body = flowNamed("main");
  assert.equal(find(body, "choose", KINDS)[0]?.node, "choose");
  assert.ok(find(body, "overdue", KINDS).some(({ field }) => field.startsWith("choices.collections.phrases")));
  assert.ok(find(body, "Survey", KINDS).length > 0);
  assert.deepEqual(find(body, "  ", KINDS), []);
});

test("The outline writes out every node once, each line under a line that is there", () => {
  for (const flow of FLOWS) {
    const body = flowNamed(flow);
    const lines = outline(body, KINDS);
    const written = lines.filter(({ sort }) => sort === "node").map(({ node }) => node);
    assert.deepEqual([...written].sort(), Object.keys(body.nodes).sort());
    assert.equal(new Set(lines.map(({ id }) => id)).size, lines.length);
    const ids = new Set<string>();
    for (const line of lines) {
      assert.ok(line.parent === null || ids.has(line.parent));
      ids.add(line.id);
    }
  }
});

test("The outline says what leads nowhere and what nobody gets to", () => {
  const body: FlowBody = {
    name: "x",
    start: "a",
    nodes: { a: { kind: "hours", exits: { open: "a" } }, lost: { kind: "hangup" } },
  };
  const lines = outline(body, KINDS);
  assert.deepEqual(lines.map(({ sort }) => sort), ["node", "reference", "missing", "node"]);
  assert.equal(lines.at(-1)?.unreachable, true);
});

test("Arranged nodes do not overlap, ways go to the right, and a menu's exits do not cross", () => {
  for (const flow of FLOWS) {
    const body = flowNamed(flow);
    const places = arranged(body, KINDS);
    const boxes = Object.entries(places).map(([name, place]) => {
      return { name, ...place, height: nodeHeight(exitsOf(body.nodes[name] ?? { kind: "" }, KINDS).length) };
    });
    for (const a of boxes) {
      for (const b of boxes) {
        if (a.name < b.name && a.x === b.x) assert.ok(a.y + a.height <= b.y || b.y + b.height <= a.y, `${a.name} ${b.name}`);
      }
    }
  }
  const fan: FlowBody = {
    name: "fan",
    start: "m",
    nodes: {
      m: { kind: "menu", choices: { a: { keys: ["1"] }, b: { keys: ["2"] }, c: { keys: ["3"] } }, exits: { a: "z", b: "y", c: "x", failed: "w" } },
      w: { kind: "hangup" },
      x: { kind: "hangup" },
      y: { kind: "hangup" },
      z: { kind: "hangup" },
    },
  };
  const places = arranged(fan, KINDS);
  const tops = ["z", "y", "x", "w"].map((name) => places[name]?.y ?? 0);
  assert.deepEqual(tops, [...tops].sort((a, b) => a - b));
  assert.ok((places.m?.x ?? 0) < (places.z?.x ?? 0));
});

test("A node added after an exit stands to its right and on nothing else", () => {
  const body = flowNamed("main");
  const places = arranged(body, KINDS);
  const { at, moved } = placeAfter(body, places, KINDS, { node: "choose", exit: "sales" });
  assert.ok(at.x > (places.choose?.x ?? 0));
  for (const place of Object.values({ ...places, ...moved })) assert.ok(place.x !== at.x || place.y !== at.y);
});

test("A node put between two stands between them, and what is to the right moves on", () => {
  const body: FlowBody = {
    name: "x",
    start: "a",
    nodes: { a: { kind: "play", exits: { next: "b" } }, b: { kind: "play", exits: { next: "c" } }, c: { kind: "hangup" }, low: { kind: "hangup" } },
  };
  const places = { a: { x: 0, y: 0 }, b: { x: 320, y: 0 }, c: { x: 640, y: 0 }, low: { x: 0, y: 500 } };
  const { at, moved } = placeAfter(body, places, KINDS, { node: "a", exit: "next" });
  assert.deepEqual(Object.keys(moved).sort(), ["b", "c"]);
  assert.ok(at.x > 0 && at.x + NODE_WIDTH < (moved.b?.x ?? 0));
  assert.equal((moved.c?.x ?? 0) - (moved.b?.x ?? 0), 320);
  const again = placeAfter(body, { ...places, ...moved }, KINDS, { node: "a", exit: "next" });
  assert.deepEqual(again.moved, {});
});

test("What stands close under a node that grows moves down, as far as it must", () => {
  const body: FlowBody = {
    name: "x",
    start: "m",
    nodes: {
      m: { kind: "menu", choices: { a: { keys: ["1"] }, b: { keys: ["2"] } } },
      near: { kind: "play" },
      far: { kind: "play" },
      beside: { kind: "play" },
    },
  };
  const places = { m: { x: 0, y: 0 }, near: { x: 0, y: 150 }, far: { x: 0, y: 900 }, beside: { x: 400, y: 150 } };
  const moved = withRoom(body, places, KINDS, "m");
  assert.ok((moved.near?.y ?? 0) >= nodeHeight(5));
  assert.deepEqual([moved.far, moved.beside, moved.m], [places.far, places.beside, places.m]);
});
