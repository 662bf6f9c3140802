// Where a new node goes: right of the exit it is added to, on a way between two nodes, below whatever stands there already.
import type { FlowBody, Place, Places } from "./body.ts";
import { exitsOf } from "./exits.ts";
import type { Kinds } from "./kinds.ts";
import { NODE_WIDTH, nodeHeight, portOffset } from "./size.ts";

const RIGHT = 110;
const BELOW = 28;

interface Room {
  at: Place;
  /** What has moved aside. */
  moved: Places;
}

export function placeAfter(body: FlowBody, places: Places, kinds: Kinds, from: { node: string; exit: string }): Room {
  const node = body.nodes[from.node];
  const at = places[from.node] ?? { x: 0, y: 0 };
  const port = node ? exitsOf(node, kinds).findIndex(({ name }) => name === from.exit) : 0;
  const wanted = { x: at.x + NODE_WIDTH + RIGHT, y: at.y + portOffset(Math.max(0, port)) - portOffset(0) };
  const next = places[node?.exits?.[from.exit] ?? ""];
  const moved = next && next.x > at.x ? columnBefore(places, next.x, wanted.x + NODE_WIDTH + RIGHT) : {};
  return { at: freePlace(body, { ...places, ...moved }, kinds, wanted), moved };
}

/** What stands at `from` or right of it, moved so that it begins at `to`; nothing if there is room already. */
function columnBefore(places: Places, from: number, to: number): Places {
  const by = Math.round(to - from);
  if (by <= 0) return {};
  const right = Object.entries(places).filter(([, { x }]) => x >= from);
  return Object.fromEntries(right.map(([name, { x, y }]) => [name, { x: x + by, y }]));
}

/** `wanted`, or the first place below it where nothing stands. */
export function freePlace(body: FlowBody, places: Places, kinds: Kinds, wanted: Place): Place {
  const boxes = Object.entries(body.nodes).flatMap(([name, node]) => {
    const place = places[name];
    return place ? [{ ...place, height: nodeHeight(exitsOf(node, kinds).length) }] : [];
  });
  const place = { x: Math.round(wanted.x), y: Math.round(wanted.y) };
  const height = nodeHeight(2);
  for (;;) {
    const inTheWay = boxes.find(
      (box) =>
        Math.abs(box.x - place.x) < NODE_WIDTH + BELOW && place.y < box.y + box.height + BELOW && box.y < place.y + height + BELOW,
    );
    if (!inTheWay) return place;
    place.y = inTheWay.y + inTheWay.height + BELOW;
  }
}

/** Nodes without a place, as after an import: all in a row under the others. */
export function missingPlaces(body: FlowBody, places: Places): string[] {
  return Object.keys(body.nodes).filter((name) => !(name in places));
}

/** Places in which nothing stands under `name` any more, after it has got more exits: what is below moves down. */
export function withRoom(body: FlowBody, places: Places, kinds: Kinds, name: string): Places {
  const at = places[name];
  const node = body.nodes[name];
  if (!at || !node) return places;
  const moved = { ...places };
  let bottom = at.y + nodeHeight(exitsOf(node, kinds).length);
  const below = Object.entries(places)
    .filter(([other, place]) => other !== name && other in body.nodes && Math.abs(place.x - at.x) < NODE_WIDTH && place.y > at.y)
    .sort(([, a], [, b]) => a.y - b.y);
  for (const [other, place] of below) {
    if (place.y >= bottom + BELOW) break;
    moved[other] = { x: place.x, y: bottom + BELOW };
    bottom += BELOW + nodeHeight(exitsOf(body.nodes[other] ?? { kind: "" }, kinds).length);
  }
  return moved;
}
