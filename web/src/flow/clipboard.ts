// Copied nodes as text, so that they can be carried to another flow or window.
import type { Draft, NodeBody, Places } from "./body.ts";
import { freeName } from "./names.ts";

const MARK = "call-centre-nodes";
const BESIDE = 48;

export interface Clip {
  nodes: Record<string, NodeBody>;
  places: Places;
}

export function copied(draft: Draft, names: string[]): string {
  const known = names.filter((name) => name in draft.body.nodes);
  const nodes = Object.fromEntries(known.map((name) => [name, draft.body.nodes[name]]));
  const places = Object.fromEntries(known.flatMap((name) => pair(name, draft.layout.nodes[name])));
  return JSON.stringify({ [MARK]: 1, nodes, places });
}

/** What `text` holds of a flow; null: something else. */
export function clipOf(text: string): Clip | null {
  try {
    const read = JSON.parse(text) as Record<string, unknown>;
    if (read?.[MARK] !== 1 || typeof read.nodes !== "object" || read.nodes === null) return null;
    return { nodes: read.nodes as Clip["nodes"], places: (read.places ?? {}) as Places };
  } catch {
    return null;
  }
}

/** The nodes of `clip` under names that are free in `draft`, beside the originals; exits among them are kept. */
export function pasted(draft: Draft, clip: Clip): Clip {
  const taken = new Set(Object.keys(draft.body.nodes));
  const names = new Map<string, string>();
  for (const name of Object.keys(clip.nodes)) {
    const free = freeName(name, taken);
    taken.add(free);
    names.set(name, free);
  }
  const made: Clip = { nodes: {}, places: {} };
  for (const [name, node] of Object.entries(clip.nodes)) {
    const free = names.get(name) ?? name;
    made.nodes[free] = within(node, names);
    const place = clip.places[name] ?? { x: 0, y: 0 };
    made.places[free] = { x: place.x + BESIDE, y: place.y + BESIDE };
  }
  return made;
}

function within(node: NodeBody, names: Map<string, string>): NodeBody {
  const kept = Object.entries(node.exits ?? {}).flatMap(([exit, target]) => pair(exit, names.get(target)));
  return { ...node, exits: Object.fromEntries(kept) };
}

function pair<T>(name: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[name, value]];
}
