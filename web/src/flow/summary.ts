// A node in half a line, as its card and the outline show it.
import type { Json, NodeBody } from "./body.ts";
import { isFields } from "./body.ts";
import type { Kinds } from "./kinds.ts";

export function summaryOf(node: NodeBody, kinds: Kinds, textOf: (prompt: string) => string): string {
  if (Array.isArray(node.prompts) && node.prompts.length > 0) return node.prompts.map((item) => spoken(item, textOf)).join(" ");
  if (Array.isArray(node.cases)) return node.cases.map((item) => (isFields(item) ? String(item.when ?? "") : "")).join("; ");
  if (isFields(node.variables)) return Object.keys(node.variables).join(", ");
  for (const name of kinds[node.kind]?.schema.required ?? []) {
    const value = name === "kind" ? "" : node[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return node.note ?? "";
}

function spoken(item: Json, textOf: (prompt: string) => string): string {
  if (typeof item === "string") return textOf(item) || item;
  return isFields(item) ? `[${String(item.value ?? "")}]` : "";
}

/** Variables that a flow's nodes set and read, by name, each with the nodes. */
export function variablesOf(nodes: Record<string, NodeBody>, kinds: Kinds): Map<string, { set: string[]; read: string[] }> {
  const found = new Map<string, { set: string[]; read: string[] }>();
  const note = (name: string, sort: "set" | "read", node: string) => {
    const uses = found.get(name) ?? { set: [], read: [] };
    if (!uses[sort].includes(node)) uses[sort].push(node);
    found.set(name, uses);
  };
  for (const [name, node] of Object.entries(nodes)) {
    for (const field of ["variables", "results"]) {
      const map = node[field];
      if (isFields(map)) for (const variable of Object.keys(map)) note(variable, "set", name);
    }
    if (typeof node.into === "string") note(node.into, "set", name);
    for (const text of expressionsIn(node, kinds)) for (const word of wordsOf(text)) note(word, "read", name);
  }
  for (const [name, uses] of found) if (uses.set.length === 0) found.delete(name);
  return found;
}

const WORD = /"[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*/g;

function wordsOf(expression: string): string[] {
  return (expression.match(WORD) ?? []).filter((word) => !/^["']/.test(word));
}

function expressionsIn(node: NodeBody, kinds: Kinds): string[] {
  const schema = kinds[node.kind]?.schema;
  const texts: string[] = [];
  const walk = (value: Json, isOne: boolean) => {
    if (typeof value === "string") {
      if (isOne) texts.push(value);
    } else if (Array.isArray(value)) for (const item of value) walk(item, isOne);
    else if (isFields(value)) for (const [name, inner] of Object.entries(value)) walk(inner, isOne || EXPRESSIONS.has(name));
  };
  for (const [name, value] of Object.entries(node)) {
    const property = schema?.properties?.[name];
    const text = JSON.stringify(property ?? {});
    if (value !== undefined && name !== "exits") walk(value, text.includes('"x-names":"expression"'));
    if (typeof value === "string" && name === "url") texts.push(...[...value.matchAll(/\{([^{}]*)\}/g)].map((found) => found[1] ?? ""));
  }
  return texts;
}

const EXPRESSIONS = new Set(["when", "value"]);
