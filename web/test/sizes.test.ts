// What the house asks of its sources: modules of at most 400 lines, functions of at most 40.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const SOURCES = new URL("../src/", import.meta.url);
const MODULE = 400;
const FUNCTION = 40;
const BEGINS = /^(?:export )?(?:default )?(?:async )?function (\w+)|^(?:export )?const (\w+)\b.*(?:=>|\bfunction \w*\(.*\)) [{(]$/;
const ENDS = /^[})]/;

function longFunctions(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const name = BEGINS.exec(line);
    if (!name) return [];
    // A head of several lines ends with "})", which is no end yet.
    const after = lines.findIndex((one, place) => place > at && ENDS.test(one) && !/^[})].*\{$/.test(one));
    const length = after - at + 1;
    return length > FUNCTION ? [`${name[1] ?? name[2]}: ${length} lines`] : [];
  });
}

test("modules and functions are short enough to be read at once", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
  const found = files.flatMap((file) => {
    const text = readFileSync(new URL(file, SOURCES), "utf8");
    const lines = text.split("\n").length - 1;
    return [...(lines > MODULE ? [`${file}: ${lines} lines`] : []), ...longFunctions(text).map((one) => `${file}: ${one}`)];
  });
  assert.ok(files.length > 50);
  assert.deepEqual(found, []);
});
