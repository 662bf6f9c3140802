// Values of a form, changed at a path. Pure.
import type { Fields, Json, Path } from "../flow/body.ts";
import { isFields } from "../flow/body.ts";
import { sameJson } from "../flow/kinds.ts";

/** `fields` with `value` at `path`; undefined takes it away. */
export function withAt(fields: Fields, path: Path, value: Json | undefined): Fields {
  const [name, ...inner] = path;
  if (name === undefined) return fields;
  return changed(fields, String(name), inner.length === 0 ? value : within(fields[name], inner, value));
}

function within(at: Json | undefined, path: Path, value: Json | undefined): Json {
  const [name, ...inner] = path;
  if (Array.isArray(at) && typeof name === "number") {
    const items = [...at];
    const item = inner.length === 0 ? value : within(items[name], inner, value);
    if (item === undefined) items.splice(name, 1);
    else items[name] = item;
    return items;
  }
  return withAt(isFields(at) ? at : {}, path, value);
}

function changed(fields: Fields, name: string, value: Json | undefined): Fields {
  const { [name]: _, ...others } = fields;
  if (value === undefined) return others;
  return { ...fields, [name]: value };
}

/** Only those fields that a form takes, without what is nothing. */
export function taken(item: object, names: string[]): Fields {
  const entries = Object.entries(item) as [string, Json][];
  return Object.fromEntries(entries.filter(([name, value]) => names.includes(name) && value !== null));
}

export interface Other {
  name: string;
  theirs: Json | undefined;
}

/** What somebody else has changed of an entry since it was opened. */
export function othersOf(before: Fields, now: Fields): Other[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.filter((name) => !sameJson(before[name], now[name])).map((name) => ({ name, theirs: now[name] }));
}
