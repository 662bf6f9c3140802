// Find in a flow: names, kinds, notes and whatever is written in a field.
import type { FlowBody, Json } from "./body.ts";
import type { Kinds } from "./kinds.ts";

export interface Match {
  node: string;
  /** Where it was found: "" is the node's name, else a field such as choices.sales.prompt. */
  field: string;
  text: string;
}

export function find(body: FlowBody, wanted: string, kinds: Kinds): Match[] {
  const words = wanted.trim().toLowerCase();
  if (!words) return [];
  const matches = Object.entries(body.nodes).flatMap(([node, content]): Match[] => {
    if (node.includes(words)) return [{ node, field: "", text: node }];
    const title = kinds[content.kind]?.title ?? content.kind;
    if (title.toLowerCase().includes(words)) return [{ node, field: "kind", text: title }];
    const written = [...texts(content as Json, "")].find(({ text }) => text.toLowerCase().includes(words));
    return written ? [{ node, ...written }] : [];
  });
  return matches.sort((a, b) => rank(a, words) - rank(b, words) || a.node.localeCompare(b.node));
}

function rank(match: Match, words: string): number {
  if (match.field === "") return match.node === words ? 0 : match.node.startsWith(words) ? 1 : 2;
  return match.field === "kind" ? 3 : 4;
}

function* texts(value: Json, field: string): Generator<{ field: string; text: string }> {
  if (typeof value === "string") yield { field, text: value };
  else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      if (inner !== undefined && name !== "kind") {
        if (field !== "" || !["exits", "v"].includes(name)) yield { field: field ? `${field}.${name}` : name, text: name };
        yield* texts(inner, field ? `${field}.${name}` : name);
      }
    }
  }
}
