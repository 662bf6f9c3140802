import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft } from "../src/flow/body.ts";
import { draftHash } from "../src/flow/canonical.ts";
import { copied, clipOf, pasted } from "../src/flow/clipboard.ts";
import type { Command } from "../src/flow/commands.ts";
import { exitsOf } from "../src/flow/exits.ts";
import type { History } from "../src/flow/history.ts";
import { MOST_STEPS, ONE_EDIT_MS, begin, done, redone, select, undone } from "../src/flow/history.ts";
import { newNode } from "../src/flow/kinds.ts";
import { freeName } from "../src/flow/names.ts";
import { chance, pick } from "./chance.ts";
import { FLOWS, KINDS, flowNamed } from "./kinds.ts";

const first = { prompt: "welcome", names: {} };
const opened = (name: string): Draft => ({ body: flowNamed(name), layout: { nodes: {} }, tests: [] });

function anyCommand(random: () => number, draft: Draft): Command {
  const names = Object.keys(draft.body.nodes);
  const node = pick(random, names);
  const content = draft.body.nodes[node] ?? { kind: "" };
  const exit = pick(random, exitsOf(content, KINDS))?.name ?? "next";
  const at = { x: Math.round(random() * 999), y: Math.round(random() * 999) };
  const added = newNode(KINDS, pick(random, Object.keys(KINDS)), first);
  const name = freeName(added.kind, new Set(names));
  const commands: Command[] = [
    { do: "add", name, node: added, at, after: { node, exit } },
    { do: "add", name, node: added, at },
    { do: "connect", from: { node, exit }, to: pick(random, names) },
    { do: "disconnect", from: { node, exit } },
    { do: "set", node, path: ["note"], value: `note ${random()}` },
    { do: "flow", field: "about", value: `about ${random()}` },
    { do: "rename", from: node, to: freeName("other", new Set(names)) },
    { do: "move", places: { [node]: at } },
    { do: "paste", ...pasted(draft, clipOf(copied(draft, [node, pick(random, names)])) ?? { nodes: {}, places: {} }) },
  ];
  if (names.length > 3) commands.push({ do: "remove", nodes: [node] });
  return pick(random, commands);
}

test("Whatever is done is undone step by step, and done again to the same content", () => {
  for (let seed = 0; seed < 60; seed += 1) {
    const random = chance(seed);
    let history = begin(opened(pick(random, FLOWS)));
    const hashes = [draftHash(history.draft)];
    for (let count = 0; count < 40; count += 1) {
      const before = history;
      history = done(history, anyCommand(random, history.draft), KINDS, count * 2 * ONE_EDIT_MS);
      if (history !== before) hashes.push(draftHash(history.draft));
    }
    const after = hashes.at(-1);
    for (const expected of hashes.toReversed()) {
      assert.equal(draftHash(history.draft), expected, `seed ${seed}`);
      history = undone(history);
    }
    for (let count = 0; count < hashes.length; count += 1) history = redone(history);
    assert.equal(draftHash(history.draft), after, `seed ${seed}`);
  }
});

test("However one goes back and forth, a selected node is always one that is there", () => {
  for (let seed = 100; seed < 140; seed += 1) {
    const random = chance(seed);
    let history = begin(opened("main"));
    for (let count = 0; count < 60; count += 1) {
      const moves: ((one: History) => History)[] = [
        undone,
        redone,
        (one) => select(one, [pick(random, Object.keys(one.draft.body.nodes))]),
        (one) => done(one, anyCommand(random, one.draft), KINDS, count * 2 * ONE_EDIT_MS),
      ];
      history = pick(random, moves)(history);
      assert.ok(history.selected.every((name) => name in history.draft.body.nodes), `seed ${seed}`);
    }
  }
});

test("A new edit after undo ends what could have been done again", () => {
  let history = begin(opened("wait"));
  history = done(history, { do: "flow", field: "about", value: "one" }, KINDS, 0);
  history = undone(history);
  history = done(history, { do: "flow", field: "about", value: "two" }, KINDS, 1);
  assert.equal(redone(history), history);
});

test("Letters typed into one field are one step back; after a pause they are two", () => {
  let history = begin(opened("main"));
  for (const [at, value] of [[0, "a"], [300, "ab"], [600, "abc"], [600 + ONE_EDIT_MS, "abcd"]] as const) {
    history = done(history, { do: "set", node: "choose", path: ["note"], value }, KINDS, at);
  }
  assert.equal(undone(history).draft.body.nodes.choose?.note, "abc");
  assert.equal(undone(undone(history)).draft.body.nodes.choose?.note, undefined);
});

test("No more than so many steps are kept", () => {
  let history = begin(opened("wait"));
  for (let count = 0; count < MOST_STEPS + 50; count += 1) {
    history = done(history, { do: "flow", field: "about", value: String(count) }, KINDS, count * 2 * ONE_EDIT_MS);
  }
  assert.equal(history.past.length, MOST_STEPS);
});

test("Done and undone is not dirty: content decides, no flag", () => {
  const begun = begin(opened("main"));
  const saved = draftHash(begun.draft);
  const changed = done(begun, { do: "rename", from: "who", to: "whoever" }, KINDS, 0);
  assert.notEqual(draftHash(changed.draft), saved);
  const back = done(changed, { do: "rename", from: "whoever", to: "who" }, KINDS, 9e9);
  assert.equal(draftHash(back.draft), saved);
});
