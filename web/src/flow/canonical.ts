// One text for one content, whatever order it was made in: what "saved" and "differs from live" are reckoned by.
import type { Draft, FlowBody, Json } from "./body.ts";
import { isFields } from "./body.ts";
import type { Kinds } from "./kinds.ts";
import { withoutDefaults } from "./kinds.ts";

export function canonicalText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (!isFields(value)) return JSON.stringify(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  names.sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name] ?? null)}`).join(",")}}`;
}

/** `body` with defaults left out, node by node. */
export function canonicalBody(body: FlowBody, kinds: Kinds): FlowBody {
  const nodes = Object.entries(body.nodes).map(([name, node]) => [name, withoutDefaults(node, kinds)] as const);
  const { about, languages, parameters, ...rest } = body;
  return {
    ...rest,
    ...(about ? { about } : {}),
    ...(languages && !(languages.length === 1 && languages[0] === "en") ? { languages } : {}),
    ...(parameters?.length ? { parameters } : {}),
    nodes: Object.fromEntries(nodes),
  };
}

/** FNV-1a over UTF-16 units, two lanes of 32 bits: to notice a difference, not to resist an attacker. */
export function hashText(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let place = 0; place < text.length; place += 1) {
    const unit = text.charCodeAt(place);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ (unit + place), 0x01000193);
  }
  return [low, high].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Of all that a save sends: content, layout and tests. */
export function draftHash(draft: Draft): string {
  return hashText(canonicalText(draft as unknown as Json));
}
