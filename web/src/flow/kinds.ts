// What the desk tells of the kinds of node: schema, group and exits. A kind added on the server appears here by itself.
import type { Fields, Json, NodeBody } from "./body.ts";
import { isFields } from "./body.ts";

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  title?: string;
  description?: string;
  default?: Json;
  const?: Json;
  enum?: Json[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  "x-names"?: string;
}

/** Exits that a field makes. `take`: "keys" or "values" of a map, else that field of each item of a list. */
export interface ExitSource {
  field: string;
  take: string;
}

export interface ExitRule {
  required: string[];
  /** Exits that may be left out, each with the exit taken in its place. */
  optional: Record<string, string>;
  from: ExitSource | null;
  /** Exits that must be there once a field is filled in. */
  required_if: Record<string, string[]>;
  /** It may have exits of any other name besides: those by which the flow it runs is left. */
  open: boolean;
}

export interface Kind {
  title: string;
  group: string;
  help: string;
  version: number;
  schema: Schema;
  exits: ExitRule;
}

export type Kinds = Record<string, Kind>;

const NO_EXITS: ExitRule = { required: [], optional: {}, from: null, required_if: {}, open: true };

export function ruleOf(kinds: Kinds, kind: string): ExitRule {
  return kinds[kind]?.exits ?? NO_EXITS;
}

export function resolve(schema: Schema, root: Schema): Schema {
  if (!schema.$ref) return schema;
  const name = schema.$ref.replace("#/$defs/", "");
  const found = root.$defs?.[name] ?? {};
  const { $ref: _, ...own } = schema;
  return { ...found, ...own };
}

/** What may be a text or something else is written as a text: the desk reads `5` and `"5"` alike there. */
export function withPlainTypes(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (name, value: unknown) =>
    name === "type" && Array.isArray(value) ? (value.includes("string") ? "string" : value[0]) : value,
  ) as Schema;
}

/** The first value a field gets: what the schema says, or the smallest value that has the right shape. */
export function blank(schema: Schema, root: Schema): Json {
  const plain = resolve(schema, root);
  if (plain.default !== undefined) return structuredClone(plain.default);
  if (plain.const !== undefined) return plain.const;
  if (plain.enum?.[0] !== undefined) return plain.enum[0];
  const either = plain.anyOf ?? plain.oneOf;
  if (either) return either.some((one) => one.type === "null") ? null : blank(either[0] ?? {}, root);
  switch (plain.type) {
    case "object":
      return blankObject(plain, root);
    case "array":
      return (plain.minItems ?? 0) > 0 && plain.items ? [blank(plain.items, root)] : [];
    case "integer":
    case "number":
      return plain.minimum ?? 0;
    case "boolean":
      return false;
    default:
      return "";
  }
}

function blankObject(schema: Schema, root: Schema): Fields {
  const made: Fields = {};
  for (const name of schema.required ?? []) {
    const property = schema.properties?.[name];
    if (property) made[name] = blank(property, root);
  }
  return made;
}

const FIRST_WORDS: Record<string, (first: First) => Fields> = {
  menu: (first) => ({ prompts: [first.prompt], choices: { "choice-1": { keys: ["1"] } } }),
  branch: () => ({ cases: [{ when: 'language == "en"', exit: "yes" }] }),
  set: () => ({ intent: "" }),
  split: () => ({ weights: { a: 50, b: 50 } }),
  hours: () => ({
    hours: {
      timezone: "UTC",
      weekly: Object.fromEntries(["mon", "tue", "wed", "thu", "fri"].map((day) => [day, ["09:00-17:00"]])),
    },
  }),
  collect: (first) => ({ prompts: [first.prompt], into: "answer", max_digits: 10 }),
  language: () => ({ offers: [{ language: "en", key: "1" }] }),
};

/** What a new node begins with where there is a choice: a prompt, a queue and so on that the centre has. */
export interface First {
  prompt: string;
  names: Record<string, string[]>;
}

/** The content of a new node: valid at once wherever that is possible. */
export function newNode(kinds: Kinds, kind: string, first: First): NodeBody {
  const schema = kinds[kind]?.schema ?? {};
  const made: NodeBody = { kind };
  const version = kinds[kind]?.version;
  if (version !== undefined) made.v = version;
  for (const name of schema.required ?? []) {
    const property = schema.properties?.[name];
    if (property && name !== "kind") made[name] = firstOf(property, schema, first);
  }
  return { ...made, ...(FIRST_WORDS[kind]?.(first) ?? {}) };
}

function firstOf(property: Schema, root: Schema, first: First): Json {
  const plain = resolve(property, root);
  const sort = plain["x-names"];
  if (sort === "prompt") return first.prompt;
  const known = sort ? first.names[sort]?.[0] : undefined;
  if (known !== undefined) return known;
  const itemSorts = plain.items?.oneOf?.map((one) => one["x-names"]) ?? [plain.items?.["x-names"]];
  if (plain.type === "array" && itemSorts.includes("prompt")) return [first.prompt];
  return blank(property, root);
}

/** `node` with defaults left out, as the server keeps it; `kind` and `v` stay. */
export function withoutDefaults(node: NodeBody, kinds: Kinds): NodeBody {
  const kind = kinds[node.kind];
  const kept: NodeBody = { kind: node.kind };
  const version = node.v ?? kind?.version;
  if (version !== undefined) kept.v = version;
  for (const [name, value] of Object.entries(node)) {
    if (name === "kind" || name === "v" || value === undefined) continue;
    const property = kind?.schema.properties?.[name];
    if (isEmptyMap(value) && !kind?.schema.required?.includes(name)) continue;
    const isDefault = property?.default !== undefined && sameJson(property.default, value);
    if (!isDefault) kept[name] = property && kind ? trimmed(value, property, kind.schema) : value;
  }
  return kept;
}

function isEmptyMap(value: Json): boolean {
  return isFields(value) && Object.keys(value).length === 0;
}

/** Leave out the defaults inside a field. */
function trimmed(value: Json, schema: Schema, root: Schema): Json {
  const plain = shapeFor(value, schema, root);
  if (Array.isArray(value)) return value.map((item) => (plain.items ? trimmed(item, plain.items, root) : item));
  if (!isFields(value)) return value;
  const kept: Fields = {};
  for (const [name, inner] of Object.entries(value)) {
    const property = plain.properties?.[name] ?? entrySchema(plain, name);
    if (property?.default !== undefined && sameJson(property.default, inner)) continue;
    if (plain.properties?.[name] && isEmptyMap(inner) && !plain.required?.includes(name)) continue;
    kept[name] = property ? trimmed(inner, property, root) : inner;
  }
  return kept;
}

/** The schema of an entry of a map, by its name. */
export function entrySchema(schema: Schema, name: string): Schema | undefined {
  for (const [pattern, entry] of Object.entries(schema.patternProperties ?? {})) {
    if (new RegExp(pattern).test(name)) return entry;
  }
  const patterns = Object.values(schema.patternProperties ?? {});
  if (typeof schema.additionalProperties === "object") return schema.additionalProperties;
  return patterns[0];
}

/** Of a field that may be of several shapes: the one that `value` has. */
export function shapeFor(value: Json, schema: Schema, root: Schema): Schema {
  const plain = resolve(schema, root);
  const either = plain.anyOf ?? plain.oneOf;
  if (!either) return plain;
  const shapes = either.map((one) => resolve(one, root));
  return shapes.find((shape) => fits(value, shape)) ?? plain;
}

function fits(value: Json, shape: Schema): boolean {
  if (value === null) return shape.type === "null";
  if (Array.isArray(value)) return shape.type === "array";
  if (typeof value === "object") return shape.type === "object";
  if (typeof value === "number") return shape.type === "number" || shape.type === "integer";
  return shape.type === typeof value;
}

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, place) => sameJson(item, b[place]));
  }
  if (!isFields(a) || !isFields(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && sameJson(a[name], b[name]));
}
