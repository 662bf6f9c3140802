// A call's way through a flow, simulated or real: which node it is at and what it has passed.

export interface Passed {
  flow: string;
  node: string;
  /** "": it is there still, or ended there. */
  exit: string;
}

export interface Trace {
  current: string | null;
  nodes: Set<string>;
  /** By `node\nexit`. */
  exits: Set<string>;
}

/** The trace of the first `count` visits; of another flow's nodes nothing is shown. */
export function traceOf(path: Passed[], flow: string, count = path.length): Trace {
  const seen = path.slice(0, count).filter((passed) => passed.flow === flow || passed.flow === "");
  const last = count > 0 ? seen.at(-1) : undefined;
  return {
    current: last?.node ?? null,
    nodes: new Set(seen.map(({ node }) => node)),
    exits: new Set(seen.filter(({ exit }) => exit !== "").map(({ node, exit }) => `${node}\n${exit}`)),
  };
}
