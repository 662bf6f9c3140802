// How many callers went which way: counts of exits as strokes on the canvas, and where calls ended.

export interface TrafficRow {
  node: string;
  /** "": the call ended here, or is here now. */
  exit: string;
  visits: number;
  calls: number;
}

export interface Heat {
  /** Visits by `node\nexit`. */
  exits: Map<string, number>;
  /** The busiest exit, what strokes are drawn against. */
  most: number;
  nodes: Map<string, NodeHeat>;
}

export interface NodeHeat {
  visits: number;
  /** Share of those visits after which the caller went no further, 0..1. */
  left: number;
}

export function heatOf(rows: TrafficRow[]): Heat {
  const exits = new Map<string, number>();
  const [visits, ended] = [new Map<string, number>(), new Map<string, number>()];
  for (const row of rows) {
    visits.set(row.node, (visits.get(row.node) ?? 0) + row.visits);
    if (row.exit === "") ended.set(row.node, (ended.get(row.node) ?? 0) + row.visits);
    else exits.set(`${row.node}\n${row.exit}`, (exits.get(`${row.node}\n${row.exit}`) ?? 0) + row.visits);
  }
  const nodes = [...visits].map(([node, count]) => {
    return [node, { visits: count, left: count > 0 ? (ended.get(node) ?? 0) / count : 0 }] as const;
  });
  return { exits, most: Math.max(0, ...exits.values()), nodes: new Map(nodes) };
}

const [THINNEST, THICKEST] = [1.5, 9];

/** The width of an exit's stroke in pixels: by the square root, so that small streams stay visible. */
export function strokeOf(count: number, most: number): number {
  return most <= 0 ? THINNEST : THINNEST + (THICKEST - THINNEST) * Math.sqrt(count / most);
}
