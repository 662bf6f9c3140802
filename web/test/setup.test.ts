// Values of forms, faults of centre.toml and sound, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/api/client.ts";
import { groupsFor, placeOf, placesFor } from "../src/pages/places.ts";
import { faultsOf, ofCentre, ofEntry } from "../src/ui/faults.ts";
import { monoOf, outlineOf, peaksOf, wavOf } from "../src/ui/sound.ts";
import { othersOf, taken, withAt } from "../src/ui/values.ts";

test("a value is set and taken away at its path, and nothing else changes", () => {
  const before = { a: 1, list: [{ url: "x" }, { url: "y" }] };
  assert.deepEqual(withAt(before, ["list", 1, "url"], "z"), { a: 1, list: [{ url: "x" }, { url: "z" }] });
  assert.deepEqual(withAt(before, ["a"], undefined), { list: before.list });
  assert.deepEqual(withAt({}, ["mail", "host"], "h"), { mail: { host: "h" } });
  assert.deepEqual(withAt({ list: ["a", "b"] }, ["list", 0], undefined), { list: ["b"] });
  assert.deepEqual(before, { a: 1, list: [{ url: "x" }, { url: "y" }] });
});

test("what others changed is told field by field", () => {
  const others = othersOf({ title: "a", skills: { x: 1 } }, { skills: { x: 1 }, key: "3" });
  assert.deepEqual(others, [
    { name: "title", theirs: undefined },
    { name: "key", theirs: "3" },
  ]);
  assert.deepEqual(taken({ name: "n", title: null, more: 1 }, ["name", "title"]), { name: "n" });
});

test("a fault stands at its field, and one of another entry is said above", () => {
  const error = new ApiError(422, {
    code: "config",
    message: "no",
    details: [
      { table: "[[agent]] 8", key: "queues", text: "no such queue" },
      { table: "[[agent]] 9", key: "phone", text: "is taken" },
    ],
  });
  const { problems, rest } = faultsOf(error, ofEntry("agent", "8"));
  assert.deepEqual(problems.map(({ field, text }) => [field, text]), [["queues", "no such queue"]]);
  assert.deepEqual(rest, ["[[agent]] 9: phone: is taken"]);
  assert.equal(ofCentre("[centre]", "region"), "identity.region");
  assert.equal(ofCentre("[http]", "allow.0.url"), "allow.0.url");
  assert.equal(ofCentre("[[agent]] 9", "phone"), "");
});

test("what has no details is said by its message, what was not understood at its field", () => {
  const all = () => "never";
  assert.deepEqual(faultsOf(new ApiError(409, { code: "conflict", message: "there is one" }), all).rest, ["there is one"]);
  const invalid = new ApiError(400, { code: "invalid", message: "", details: [{ field: "name", text: "is required" }] });
  assert.equal(faultsOf(invalid, all).problems[0]?.field, "name");
});

test("a recording becomes a WAV file of its samples", () => {
  const view = new DataView(wavOf(new Float32Array([0, 0.5, -1, 2]), 48_000));
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((place) => view.getUint8(at + place)));
  assert.deepEqual([word(0), word(8), word(36)], ["RIFF", "WAVE", "data"]);
  assert.equal(view.getUint32(24, true), 48_000);
  assert.equal(view.getUint32(40, true), 8);
  assert.deepEqual([44, 46, 48, 50].map((at) => view.getInt16(at, true)), [0, 16_384, -32_767, 32_767]);
});

test("the picture of a recording shows its loudest parts", () => {
  assert.deepEqual(peaksOf(new Float32Array([0.25, -0.5, 0, 0.125]), 2), [0.5, 0.125]);
  assert.deepEqual([...monoOf([new Float32Array([1, 0]), new Float32Array([0, 0])])], [0.5, 0]);
  assert.equal(outlineOf([1, 0], 10), "M0 0V20M1 9.5V10.5");
});

test("everybody finds only the pages they may see", () => {
  assert.deepEqual(groupsFor("supervisor").map(({ group }) => group), ["prompts", "setup", "campaigns", "callers", "closing"]);
  assert.deepEqual(placesFor("agent").map(({ page }) => page), ["closure"]);
  assert.deepEqual(placesFor("wallboard"), []);
  assert.equal(placeOf("setup", "")?.page, "queues");
  assert.equal(placeOf("setup", "nothing"), undefined);
});
