// The document as xyflow draws it. Sizes and handles are reckoned, not measured, so that an edge can be drawn although
// the node at its end is not on the screen.
import { type Edge, type Node, Position } from "@xyflow/react";
import type { FlowBody, NodeBody, Place, Places } from "../flow/body.ts";
import { type Exit, exitsOf } from "../flow/exits.ts";
import type { Kinds } from "../flow/kinds.ts";
import { HEAD_HEIGHT, NODE_WIDTH, nodeHeight, portOffset } from "../flow/size.ts";

export const INTO = "in";
const HANDLE = 12;

export type CardNode = Node<{ content: NodeBody; exits: Exit[] }, "card">;
export type ExitEdge = Edge<{ node: string; exit: string; gone: boolean }, "exit">;

export const edgeId = (node: string, exit: string, target: string) => `${node}\n${exit}\n${target}`;

interface Drawn {
  content: NodeBody;
  place: Place;
  selected: boolean;
  node: CardNode;
}

/** Makes the nodes to draw; one that did not change stays the same object, so that it is not drawn again. */
export class Cards {
  private readonly drawn = new Map<string, Drawn>();
  private kinds: Kinds = {};

  of(body: FlowBody, places: Places, kinds: Kinds, selected: Set<string>): CardNode[] {
    if (kinds !== this.kinds) this.drawn.clear();
    this.kinds = kinds;
    for (const name of this.drawn.keys()) if (!(name in body.nodes)) this.drawn.delete(name);
    return Object.entries(body.nodes).map(([name, content]) => {
      return this.one(name, content, places[name] ?? { x: 0, y: 0 }, selected.has(name));
    });
  }

  private one(name: string, content: NodeBody, place: Place, selected: boolean): CardNode {
    const before = this.drawn.get(name);
    const same = before?.content === content && before.place.x === place.x && before.place.y === place.y;
    if (before && same && before.selected === selected) return before.node;
    const exits = before?.content === content ? before.node.data.exits : exitsOf(content, this.kinds);
    const node = cardOf(name, content, exits, place, selected);
    this.drawn.set(name, { content, place, selected, node });
    return node;
  }
}

function cardOf(name: string, content: NodeBody, exits: Exit[], place: Place, selected: boolean): CardNode {
  const height = nodeHeight(exits.length);
  const handle = { width: HANDLE, height: HANDLE };
  const outs = exits.map((exit, port) => ({
    ...handle,
    id: exit.name,
    type: "source" as const,
    position: Position.Right,
    x: NODE_WIDTH - HANDLE / 2,
    y: portOffset(port) - HANDLE / 2,
  }));
  const into = { ...handle, id: INTO, type: "target" as const, position: Position.Left, x: -HANDLE / 2, y: HEAD_HEIGHT / 2 - HANDLE / 2 };
  return {
    id: name,
    type: "card",
    position: place,
    data: { content, exits },
    selected,
    width: NODE_WIDTH,
    height,
    measured: { width: NODE_WIDTH, height },
    handles: [into, ...outs],
  };
}

export function edgesOf(body: FlowBody, gone: Iterable<string>): ExitEdge[] {
  const edges = Object.entries(body.nodes).flatMap(([node, content]) =>
    Object.entries(content.exits ?? {}).flatMap(([exit, target]) =>
      target in body.nodes ? [edgeOf(node, exit, target, false)] : [],
    ),
  );
  const known = new Set(edges.map(({ id }) => id));
  for (const id of gone) {
    const [node = "", exit = "", target = ""] = id.split("\n");
    if (!known.has(id) && node in body.nodes && target in body.nodes) edges.push(edgeOf(node, exit, target, true));
  }
  return edges;
}

function edgeOf(node: string, exit: string, target: string, gone: boolean): ExitEdge {
  return {
    id: edgeId(node, exit, target),
    type: "exit",
    source: node,
    target,
    sourceHandle: exit,
    targetHandle: INTO,
    data: { node, exit, gone },
    focusable: false,
  };
}
