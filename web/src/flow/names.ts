// Names of nodes: free ones, and a new name for a node wherever it is referred to.
import type { Draft, NodeBody } from "./body.ts";

const LONGEST = 64;

/** `wanted`, or `wanted-2`, `wanted-3` …: the first that is not taken. */
export function freeName(wanted: string, taken: { has(name: string): boolean }): string {
  const base = nameFrom(wanted);
  if (!taken.has(base)) return base;
  const stem = base.replace(/-\d+$/, "") || base;
  for (let count = 2; ; count += 1) {
    const name = `${stem.slice(0, LONGEST - String(count).length - 1)}-${count}`;
    if (!taken.has(name)) return name;
  }
}

/** What somebody typed as a name that flows allow. */
export function nameFrom(typed: string): string {
  const plain = typed
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+/, "")
    .replace(/-+$/, "")
    .slice(0, LONGEST);
  return plain || "node";
}

/** `draft` with node `from` called `to`: exits, the start, its place and the tests' own references follow. */
export function renamed(draft: Draft, from: string, to: string): Draft {
  const nodes: Record<string, NodeBody> = {};
  for (const [name, node] of Object.entries(draft.body.nodes)) nodes[name === from ? to : name] = led(node, from, to);
  const places = { ...draft.layout.nodes };
  const place = places[from];
  delete places[from];
  if (place) places[to] = place;
  return {
    body: { ...draft.body, start: draft.body.start === from ? to : draft.body.start, nodes },
    layout: { nodes: places },
    tests: draft.tests.map((test) => inTest(test, from, to)),
  };
}

function led(node: NodeBody, from: string, to: string): NodeBody {
  if (!node.exits || !Object.values(node.exits).includes(from)) return node;
  const exits = Object.entries(node.exits).map(([exit, target]) => [exit, target === from ? to : target]);
  return { ...node, exits: Object.fromEntries(exits) as Record<string, string> };
}

function inTest(test: Draft["tests"][number], from: string, to: string): Draft["tests"][number] {
  const path = test.expect?.path;
  const changed = { ...test };
  if (Array.isArray(path)) {
    const follow = (line: string) => line.replace(/^[^:\s]+(?= ->|$)/, (name) => (name === from ? to : name));
    changed.expect = { ...test.expect, path: path.map((line) => (typeof line === "string" ? follow(line) : line)) };
  }
  for (const field of ["hours", "split"] as const) {
    const given = changed.given?.[field];
    if (typeof given !== "object" || given === null || Array.isArray(given) || !(from in given)) continue;
    const { [from]: value = null, ...rest } = given;
    changed.given = { ...changed.given, [field]: { ...rest, [to]: value } };
  }
  return changed;
}
