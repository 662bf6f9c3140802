// What differs between two contents of a flow, node by node and field by field, as `callcenter flow diff` says it.
import type { Fields, FlowBody, Json, NodeBody } from "./body.ts";
import { isFields } from "./body.ts";
import { canonicalBody, canonicalText } from "./canonical.ts";
import type { Kinds } from "./kinds.ts";
import { sameJson } from "./kinds.ts";

export type ChangeSort = "added" | "removed" | "changed" | "renamed";

export interface Change {
  sort: ChangeSort;
  /** "": of the flow itself. */
  node: string;
  /** "": the whole node. */
  field: string;
  before: Json;
  after: Json;
}

export function differences(before: FlowBody, after: FlowBody, kinds: Kinds): Change[] {
  const { nodes: oldNodes, ...old } = canonicalBody(before, kinds);
  const { nodes: newNodes, ...present } = canonicalBody(after, kinds);
  return [...ofFields("", old as Fields, present as Fields, ""), ...ofNodes(oldNodes, newNodes)];
}

type Nodes = Record<string, NodeBody>;

function ofNodes(old: Nodes, present: Nodes): Change[] {
  const renamed = renamedNodes(old, present);
  const came = new Set(renamed.values());
  const names = [...new Set([...Object.keys(old), ...Object.keys(present)])].sort();
  return names.flatMap((name): Change[] => {
    const [before, after] = [old[name], present[name]];
    const called = renamed.get(name);
    if (called !== undefined) return [{ sort: "renamed", node: name, field: "", before: name, after: called }];
    if (came.has(name)) return [];
    if (!after) return [{ sort: "removed", node: name, field: "", before: before as Json, after: null }];
    if (!before) return [{ sort: "added", node: name, field: "", before: null, after: after as Json }];
    return ofFields(name, led(before, renamed) as Fields, after as Fields, "");
  });
}

/** Old name → new name of nodes that are the same but for their name, where that is beyond doubt. */
function renamedNodes(old: Nodes, present: Nodes): Map<string, string> {
  const gone = Object.keys(old).filter((name) => !(name in present));
  const came = Object.keys(present).filter((name) => !(name in old));
  const texts = new Map(came.map((name) => [name, canonicalText(present[name] as Json)]));
  const pairs = gone.flatMap((name) => {
    const same = came.filter((other) => texts.get(other) === canonicalText(old[name] as Json));
    return same.length === 1 && same[0] ? [[name, same[0]] as const] : [];
  });
  const claimed = pairs.map(([, other]) => other);
  return new Map(pairs.filter(([, other]) => claimed.filter((one) => one === other).length === 1));
}

function led(node: NodeBody, renamed: Map<string, string>): NodeBody {
  if (!node.exits) return node;
  const exits = Object.entries(node.exits).map(([exit, target]) => [exit, renamed.get(target) ?? target]);
  return { ...node, exits: Object.fromEntries(exits) };
}

function ofFields(node: string, old: Fields, present: Fields, prefix: string): Change[] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(present)])];
  return names.flatMap((name): Change[] => {
    const field = `${prefix}${name}`;
    const [before, after] = [old[name], present[name]];
    if (sameJson(before, after)) return [];
    if (isFields(before) && isFields(after)) return ofFields(node, before, after, `${field}.`);
    const sort = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    return [{ sort, node, field, before: before ?? null, after: after ?? null }];
  });
}

export interface Overlay {
  /** Both contents in one: what is only in the older one is there as well, to be shown as removed. */
  body: FlowBody;
  nodes: Map<string, ChangeSort>;
  /** By `node\nexit\ntarget`. */
  exits: Map<string, "added" | "removed">;
}

/** What the canvas draws to show the way from `before` to `after`. */
export function overlay(before: FlowBody, after: FlowBody, kinds: Kinds): Overlay {
  const changes = differences(before, after, kinds);
  const nodes = new Map<string, ChangeSort>();
  for (const { sort, node, field, after: to } of changes) {
    if (sort === "renamed") nodes.set(String(to), "renamed");
    else if (node) nodes.set(node, field ? "changed" : sort);
  }
  const exits = new Map<string, "added" | "removed">();
  const [old, present] = [edgesOf(before), edgesOf(after)];
  const called = new Map(changes.flatMap((one) => (one.sort === "renamed" ? [[one.node, String(one.after)] as const] : [])));
  const followed = new Set([...old].map((edge) => edge.split("\n").map((part, place) => (place === 1 ? part : (called.get(part) ?? part))).join("\n")));
  for (const edge of present) if (!followed.has(edge)) exits.set(edge, "added");
  for (const edge of followed) if (!present.has(edge)) exits.set(edge, "removed");
  const gone = Object.entries(before.nodes).filter(([name]) => nodes.get(name) === "removed" && !(name in after.nodes));
  return { body: { ...after, nodes: { ...Object.fromEntries(gone), ...after.nodes } }, nodes, exits };
}

function edgesOf(body: FlowBody): Set<string> {
  return new Set(
    Object.entries(body.nodes).flatMap(([node, content]) =>
      Object.entries(content.exits ?? {}).map(([exit, target]) => `${node}\n${exit}\n${target}`),
    ),
  );
}

/** How many nodes differ: what the bar says of a draft. */
export function nodesChanged(changes: Change[]): number {
  return new Set(changes.map(({ node }) => node)).size;
}
