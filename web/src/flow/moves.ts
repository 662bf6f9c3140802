// Where an arrow key leads on the canvas: along exits, and from node to node.
import type { FlowBody, Places } from "./body.ts";
import { exitsOf } from "./exits.ts";
import type { Kinds } from "./kinds.ts";

export interface Spot {
  node: string;
  exit: string | null;
}

export type Arrow = "up" | "down" | "left" | "right";

/** `came`: the spots passed on the way here, the last one last; "left" goes back along them. */
export function moved(body: FlowBody, places: Places, kinds: Kinds, from: Spot, arrow: Arrow, came: Spot[]): Spot {
  if (arrow === "right") return along(body, places, kinds, from);
  if (arrow === "left") return back(body, places, from, came);
  const exits = exitNamesOf(body, kinds, from.node);
  const at = from.exit === null ? -1 : exits.indexOf(from.exit);
  const next = exits[arrow === "down" ? at + 1 : at - 1];
  if (next !== undefined && (arrow === "down" || at > 0)) return { node: from.node, exit: next };
  const node = beside(body, places, from.node, arrow);
  if (node === null) return from;
  const others = exitNamesOf(body, kinds, node);
  return { node, exit: (arrow === "down" ? others[0] : others.at(-1)) ?? null };
}

export function firstSpot(body: FlowBody, kinds: Kinds, node: string): Spot {
  return { node, exit: exitNamesOf(body, kinds, node)[0] ?? null };
}

function exitNamesOf(body: FlowBody, kinds: Kinds, node: string): string[] {
  const content = body.nodes[node];
  return content ? exitsOf(content, kinds).map(({ name }) => name) : [];
}

function along(body: FlowBody, places: Places, kinds: Kinds, from: Spot): Spot {
  const target = from.exit === null ? undefined : body.nodes[from.node]?.exits?.[from.exit];
  if (target !== undefined && target in body.nodes) return firstSpot(body, kinds, target);
  const node = sideways(body, places, from.node, 1);
  return node === null ? from : firstSpot(body, kinds, node);
}

function back(body: FlowBody, places: Places, from: Spot, came: Spot[]): Spot {
  const before = came.findLast(({ node, exit }) => exit !== null && body.nodes[node]?.exits?.[exit] === from.node);
  if (before) return before;
  for (const [node, content] of Object.entries(body.nodes)) {
    const way = Object.entries(content.exits ?? {}).find(([, target]) => target === from.node);
    if (way && node !== from.node) return { node, exit: way[0] };
  }
  const node = sideways(body, places, from.node, -1);
  return node === null ? from : { node, exit: Object.keys(body.nodes[node]?.exits ?? {})[0] ?? null };
}

/** The nearest node above or below, by its place: one in the same column before any other. */
function beside(body: FlowBody, places: Places, from: string, arrow: "up" | "down"): string | null {
  const at = places[from] ?? { x: 0, y: 0 };
  const sign = arrow === "down" ? 1 : -1;
  return nearest(body, places, from, (x, y) => {
    const ahead = (y - at.y) * sign;
    return ahead > 0 ? ahead + 3 * Math.abs(x - at.x) : null;
  });
}

function sideways(body: FlowBody, places: Places, from: string, sign: 1 | -1): string | null {
  const at = places[from] ?? { x: 0, y: 0 };
  return nearest(body, places, from, (x, y) => {
    const ahead = (x - at.x) * sign;
    return ahead > 0 ? ahead + 2 * Math.abs(y - at.y) : null;
  });
}

function nearest(body: FlowBody, places: Places, from: string, far: (x: number, y: number) => number | null): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of Object.keys(body.nodes)) {
    const place = places[name];
    const distance = place && name !== from ? far(place.x, place.y) : null;
    if (distance !== null && (!best || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}
