// Two people changed the same draft: what each did since the draft both began with, node by node.
import type { Draft, FlowBody, Json, NodeBody } from "./body.ts";
import { sameJson } from "./kinds.ts";

export type Side = "mine" | "theirs";

export interface Divergence {
  /** A node's name; "" stands for the flow's own fields, "tests" for the test cases. */
  part: { of: "flow" } | { of: "tests" } | { of: "node"; name: string };
  /** Who changed it since the common draft. */
  by: Side | "both";
  mine: "added" | "changed" | "removed" | "same";
  theirs: "added" | "changed" | "removed" | "same";
}

export function partKey(part: Divergence["part"]): string {
  return part.of === "node" ? `node ${part.name}` : part.of;
}

export function divergences(base: Draft, mine: Draft, theirs: Draft): Divergence[] {
  const found: Divergence[] = [];
  const look = (part: Divergence["part"], old?: Json, ours?: Json, others?: Json) => {
    if (sameJson(ours, others)) return;
    const [a, b] = [didTo(old, ours), didTo(old, others)];
    const by = a === "same" ? "theirs" : b === "same" ? "mine" : "both";
    found.push({ part, by, mine: a, theirs: b });
  };
  look({ of: "flow" }, own(base.body), own(mine.body), own(theirs.body));
  const names = new Set([base, mine, theirs].flatMap((draft) => Object.keys(draft.body.nodes)));
  for (const name of [...names].sort()) {
    const [old, ours, others] = [base, mine, theirs].map((draft) => draft.body.nodes[name] as Json | undefined);
    look({ of: "node", name }, old, ours, others);
  }
  look({ of: "tests" }, base.tests as unknown as Json, mine.tests as unknown as Json, theirs.tests as unknown as Json);
  return found;
}

/** What one takes if nobody decides: whoever changed a part has it; where both did, mine. */
export function usualChoice(divergence: Divergence): Side {
  return divergence.by === "theirs" ? "theirs" : "mine";
}

export function merged(mine: Draft, theirs: Draft, parts: Divergence[], choices: Map<string, Side>): Draft {
  const side = (part: Divergence["part"]) => choices.get(partKey(part)) ?? "mine";
  const nodes: Record<string, NodeBody> = { ...mine.body.nodes };
  let [flow, tests] = [own(mine.body), mine.tests];
  for (const { part } of parts) {
    if (side(part) === "mine") continue;
    if (part.of === "flow") flow = own(theirs.body);
    else if (part.of === "tests") tests = theirs.tests;
    else {
      const node = theirs.body.nodes[part.name];
      if (node) nodes[part.name] = node;
      else delete nodes[part.name];
    }
  }
  return {
    body: { ...(flow as unknown as FlowBody), nodes },
    layout: { nodes: { ...theirs.layout.nodes, ...mine.layout.nodes } },
    tests,
  };
}

function own(body: FlowBody): Json {
  const { nodes: _, ...fields } = body;
  return fields as Json;
}

function didTo(old: Json | undefined, present: Json | undefined): Divergence["mine"] {
  if (sameJson(old, present)) return "same";
  if (old === undefined) return "added";
  return present === undefined ? "removed" : "changed";
}
