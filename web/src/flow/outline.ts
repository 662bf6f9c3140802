// The flow as a tree: what screen readers and small screens get. A node is written out once; where else a way leads to
// it, there is a reference.
import type { FlowBody } from "./body.ts";
import type { Exit } from "./exits.ts";
import { dangles, exitsOf } from "./exits.ts";
import type { Kinds } from "./kinds.ts";

export interface Line {
  id: string;
  /** The node; "" if the exit leads nowhere. */
  node: string;
  /** The exit that leads here, with what takes it; null: the start, or a node no caller gets to. */
  from: { node: string; exit: Exit } | null;
  level: number;
  /** Written out elsewhere, or nowhere. */
  sort: "node" | "reference" | "missing";
  parent: string | null;
  children: number;
  unreachable: boolean;
}

export function outline(body: FlowBody, kinds: Kinds): Line[] {
  const lines: Line[] = [];
  const seen = new Set<string>();
  const roots = [body.start, ...Object.keys(body.nodes).sort()];
  for (const [place, root] of roots.entries()) {
    if (root in body.nodes && !seen.has(root)) walk(body, kinds, root, lines, seen, place > 0);
  }
  return lines;
}

interface Todo {
  node: string;
  from: Line["from"];
  level: number;
  parent: string | null;
}

function walk(body: FlowBody, kinds: Kinds, root: string, lines: Line[], seen: Set<string>, unreachable: boolean): void {
  const owners = ownersFrom(body, kinds, root, seen);
  const todo: Todo[] = [{ node: root, from: null, level: 1, parent: null }];
  for (let next = todo.pop(); next; next = todo.pop()) {
    const { node, from, level, parent } = next;
    const content = body.nodes[node];
    const isHere = content !== undefined && (from === null || owners.get(node) === `${from.node}\n${from.exit.name}`);
    const id = from ? `${parent ?? ""}/${from.exit.name}` : node;
    const exits = isHere && content ? exitsOf(content, kinds).filter((exit) => exit.target !== null || dangles(exit, body)) : [];
    const sort = content === undefined ? "missing" : isHere ? "node" : "reference";
    lines.push({ id, node: content ? node : "", from, level, sort, parent, children: exits.length, unreachable });
    if (isHere) seen.add(node);
    const below = exits.map((exit) => ({ node: exit.target ?? "", from: { node, exit }, level: level + 1, parent: id }));
    todo.push(...below.reverse());
  }
}

/** Which exit a node is written out under: the nearest to the root, so that ways stay short and nothing nests deep. */
function ownersFrom(body: FlowBody, kinds: Kinds, root: string, seen: Set<string>): Map<string, string> {
  const owners = new Map<string, string>();
  const found = new Set([root, ...seen]);
  const queue = [root];
  for (let place = 0; place < queue.length; place += 1) {
    const node = queue[place] ?? "";
    for (const exit of exitsOf(body.nodes[node] ?? { kind: "" }, kinds)) {
      if (exit.target === null || found.has(exit.target) || !(exit.target in body.nodes)) continue;
      found.add(exit.target);
      owners.set(exit.target, `${node}\n${exit.name}`);
      queue.push(exit.target);
    }
  }
  return owners;
}
