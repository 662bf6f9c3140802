// The exits of a node: from its kind's rule and its own content, in the order they are drawn.
import type { FlowBody, Json, NodeBody } from "./body.ts";
import { isFields } from "./body.ts";
import type { ExitSource, Kinds } from "./kinds.ts";
import { ruleOf } from "./kinds.ts";

export type ExitSort = "required" | "optional" | "extra";

export interface Exit {
  name: string;
  sort: ExitSort;
  /** What takes it, in a few letters: a key, a condition, a share. */
  hint: string;
  /** The node behind it; null: not connected. */
  target: string | null;
  /** Of an optional exit: the one taken in its place. */
  instead: string | null;
}

interface Named {
  name: string;
  hint: string;
}

export function exitsOf(node: NodeBody, kinds: Kinds): Exit[] {
  const rule = ruleOf(kinds, node.kind);
  const led = node.exits ?? {};
  const made = rule.from ? fromSource(node[rule.from.field], rule.from) : [];
  const asked = Object.entries(rule.required_if).flatMap(([field, names]) => (isEmpty(node[field]) ? [] : names));
  const required = unique([...made, ...[...rule.required, ...asked].map((name) => ({ name, hint: "" }))]);
  const exits: Exit[] = required.map(({ name, hint }) => exit(name, "required", hint, led));
  for (const [name, instead] of Object.entries(rule.optional)) {
    exits.push({ ...exit(name, "optional", "", led), instead });
  }
  const known = new Set(exits.map(({ name }) => name));
  for (const name of Object.keys(led)) if (!known.has(name)) exits.push(exit(name, "extra", "", led));
  return exits;
}

/** Names of all exits that `node` may have; what is connected besides is unknown to its kind. */
export function exitNames(node: NodeBody, kinds: Kinds): string[] {
  return exitsOf({ ...node, exits: {} }, kinds).map(({ name }) => name);
}

/** Whether an exit of `node` leads nowhere although it must lead somewhere. */
export function dangles(exit: Exit, body: FlowBody): boolean {
  if (exit.target !== null) return !(exit.target in body.nodes);
  return exit.sort === "required";
}

function exit(name: string, sort: ExitSort, hint: string, led: Record<string, string>): Exit {
  return { name, sort, hint, target: led[name] ?? null, instead: null };
}

function fromSource(value: Json | undefined, source: ExitSource): Named[] {
  if (Array.isArray(value)) return value.flatMap((item) => fromItem(item, source.take));
  if (!isFields(value)) return [];
  if (source.take === "values") {
    return Object.entries(value).flatMap(([key, name]) => (typeof name === "string" ? [{ name, hint: key }] : []));
  }
  const named = Object.entries(value).map(([name, item]) => ({ name, hint: hintOf(item) }));
  return named.some(({ hint }) => hint.endsWith("%")) ? named : named.sort(byKey);
}

function fromItem(item: Json, field: string): Named[] {
  const name = isFields(item) ? item[field] : undefined;
  return typeof name === "string" && name !== "" ? [{ name, hint: hintOf(item) }] : [];
}

function hintOf(item: Json): string {
  if (typeof item === "number") return `${item} %`;
  if (!isFields(item)) return "";
  if (Array.isArray(item.keys)) return item.keys.join(" ");
  return typeof item.when === "string" ? item.when : "";
}

// As on the telephone: 1 to 9, then *, 0 and #.
const KEYS = "123456789*0#";

function byKey(a: Named, b: Named): number {
  const place = ({ hint }: Named) => (hint === "" ? KEYS.length : KEYS.indexOf(hint.charAt(0)));
  return place(a) - place(b) || a.name.localeCompare(b.name);
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function unique(named: Named[]): Named[] {
  const seen = new Map<string, Named>();
  for (const one of named) {
    const before = seen.get(one.name);
    if (!before) seen.set(one.name, one);
    else if (one.hint) seen.set(one.name, { ...before, hint: `${before.hint} ${one.hint}`.trim() });
  }
  return [...seen.values()];
}
