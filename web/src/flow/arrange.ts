// Auto layout: dagre says in which column a node stands; within a column we put the nodes in the order of the exits
// that lead there, because dagre does not know that a menu's exits stand one under the other and crosses them.
import dagre from "@dagrejs/dagre";
import type { FlowBody, Places } from "./body.ts";
import type { Exit } from "./exits.ts";
import { exitsOf } from "./exits.ts";
import type { Kinds } from "./kinds.ts";
import { NODE_WIDTH, nodeHeight, portOffset } from "./size.ts";

const BETWEEN_COLUMNS = 110;
const BETWEEN_ROWS = 28;

interface Box {
  name: string;
  column: number;
  height: number;
  exits: Exit[];
  wanted: number;
  y: number;
}

export function arranged(body: FlowBody, kinds: Kinds): Places {
  const boxes = columnsOf(body, kinds);
  const columns = new Map<number, Box[]>();
  for (const box of boxes.values()) columns.set(box.column, [...(columns.get(box.column) ?? []), box]);
  const order = [...columns.keys()].sort((a, b) => a - b);
  const sources = sourcesOf(boxes);
  for (const column of order) stack(columns.get(column) ?? [], sources, boxes);
  const places: Places = {};
  const top = Math.min(0, ...[...boxes.values()].map((box) => box.y));
  for (const box of boxes.values()) {
    places[box.name] = { x: box.column * (NODE_WIDTH + BETWEEN_COLUMNS), y: Math.round(box.y - top) };
  }
  return places;
}

function columnsOf(body: FlowBody, kinds: Kinds): Map<string, Box> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", ranker: "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = new Map<string, Box>();
  for (const name of startFirst(body)) {
    const exits = exitsOf(body.nodes[name] ?? { kind: "" }, kinds);
    const height = nodeHeight(exits.length);
    boxes.set(name, { name, column: 0, height, exits, wanted: 0, y: 0 });
    graph.setNode(name, { width: NODE_WIDTH, height });
  }
  for (const box of boxes.values()) {
    for (const { target } of box.exits) if (target !== null && boxes.has(target)) graph.setEdge(box.name, target);
  }
  dagre.layout(graph);
  const xs = [...new Set([...boxes.keys()].map((name) => Math.round(graph.node(name).x)))].sort((a, b) => a - b);
  for (const box of boxes.values()) {
    const at = graph.node(box.name);
    box.column = xs.indexOf(Math.round(at.x));
    box.wanted = at.y;
  }
  return boxes;
}

function startFirst(body: FlowBody): string[] {
  const names = Object.keys(body.nodes);
  return [...names.filter((name) => name === body.start), ...names.filter((name) => name !== body.start)];
}

function sourcesOf(boxes: Map<string, Box>): Map<string, { box: Box; port: number }[]> {
  const sources = new Map<string, { box: Box; port: number }[]>();
  for (const box of boxes.values()) {
    box.exits.forEach(({ target }, port) => {
      if (target !== null) sources.set(target, [...(sources.get(target) ?? []), { box, port }]);
    });
  }
  return sources;
}

function stack(column: Box[], sources: Map<string, { box: Box; port: number }[]>, boxes: Map<string, Box>): void {
  for (const box of column) {
    const before = (sources.get(box.name) ?? []).filter((source) => (boxes.get(source.box.name)?.column ?? 0) < box.column);
    if (before.length > 0) {
      const ports = before.map(({ box: from, port }) => from.y + portOffset(port));
      box.wanted = ports.reduce((sum, y) => sum + y, 0) / ports.length - portOffset(0);
    } else if (box.column === 0) box.wanted = 0;
  }
  column.sort((a, b) => a.wanted - b.wanted || a.name.localeCompare(b.name));
  let free = Number.NEGATIVE_INFINITY;
  for (const box of column) {
    box.y = Math.max(box.wanted, free);
    free = box.y + box.height + BETWEEN_ROWS;
  }
  const shift = column.reduce((sum, box) => sum + box.wanted - box.y, 0) / Math.max(1, column.length);
  for (const box of column) box.y += shift;
}
