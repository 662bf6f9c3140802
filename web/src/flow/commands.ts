// Every change of a draft is one of these commands, carried out by `applied` and nothing else.
import type { Draft, FlowBody, Json, NodeBody, Path, Places, TestCase } from "./body.ts";
import { isFields } from "./body.ts";
import { exitNames } from "./exits.ts";
import type { Kinds } from "./kinds.ts";
import { ruleOf } from "./kinds.ts";
import { renamed } from "./names.ts";
import { withRoom } from "./place.ts";

export interface ExitOf {
  node: string;
  exit: string;
}

export type Command =
  | { do: "add"; name: string; node: NodeBody; at: { x: number; y: number }; after?: ExitOf; moved?: Places }
  | { do: "connect"; from: ExitOf; to: string }
  | { do: "disconnect"; from: ExitOf }
  | { do: "set"; node: string; path: Path; value: Json | undefined }
  | { do: "flow"; field: "about" | "languages" | "parameters" | "start"; value: Json }
  | { do: "rename"; from: string; to: string }
  | { do: "remove"; nodes: string[] }
  | { do: "move"; places: Places }
  | { do: "paste"; nodes: Record<string, NodeBody>; places: Places }
  | { do: "tests"; tests: TestCase[] }
  | { do: "replace"; draft: Draft };

/** The draft that `command` makes of `draft`; the same object if there is nothing to be done. */
export function applied(draft: Draft, command: Command, kinds: Kinds): Draft {
  switch (command.do) {
    case "add":
      return added(draft, command, kinds);
    case "connect":
      return withExit(draft, command.from, command.to);
    case "disconnect":
      return withExit(draft, command.from, null);
    case "set":
      return withField(draft, command, kinds);
    case "flow":
      return withBody(draft, { ...draft.body, [command.field]: command.value } as FlowBody);
    case "rename":
      return canRename(draft, command.from, command.to) ? renamed(draft, command.from, command.to) : draft;
    case "remove":
      return without(draft, new Set(command.nodes));
    case "move":
      return { ...draft, layout: { nodes: { ...draft.layout.nodes, ...command.places } } };
    case "paste":
      return {
        ...withBody(draft, { ...draft.body, nodes: { ...draft.body.nodes, ...command.nodes } }),
        layout: { nodes: { ...draft.layout.nodes, ...command.places } },
      };
    case "tests":
      return { ...draft, tests: command.tests };
    case "replace":
      return command.draft;
  }
}

function withBody(draft: Draft, body: FlowBody): Draft {
  return { ...draft, body };
}

function withNode(draft: Draft, name: string, node: NodeBody): Draft {
  return withBody(draft, { ...draft.body, nodes: { ...draft.body.nodes, [name]: node } });
}

function canRename(draft: Draft, from: string, to: string): boolean {
  return from in draft.body.nodes && !(to in draft.body.nodes);
}

function added(draft: Draft, command: Extract<Command, { do: "add" }>, kinds: Kinds): Draft {
  if (command.name in draft.body.nodes) return draft;
  const onwards = command.after ? (draft.body.nodes[command.after.node]?.exits?.[command.after.exit] ?? null) : null;
  const node = inserted(command.node, onwards, kinds);
  const alone = withNode(draft, command.name, node);
  const placed = { ...alone, layout: { nodes: { ...alone.layout.nodes, ...command.moved, [command.name]: command.at } } };
  return command.after ? withExit(placed, command.after, command.name) : placed;
}

/** A node put into an existing way goes on where that way led, by its first exit. */
function inserted(node: NodeBody, onwards: string | null, kinds: Kinds): NodeBody {
  const first = exitNames(node, kinds)[0];
  if (onwards === null || first === undefined || node.exits?.[first] !== undefined) return node;
  return { ...node, exits: { ...node.exits, [first]: onwards } };
}

function withExit(draft: Draft, from: ExitOf, to: string | null): Draft {
  const node = draft.body.nodes[from.node];
  if (!node || (node.exits?.[from.exit] ?? null) === to) return draft;
  const { [from.exit]: _, ...others } = node.exits ?? {};
  return withNode(draft, from.node, { ...node, exits: to === null ? others : { ...others, [from.exit]: to } });
}

function withField(draft: Draft, command: Extract<Command, { do: "set" }>, kinds: Kinds): Draft {
  const node = draft.body.nodes[command.node];
  if (!node || command.path.length === 0) return draft;
  const changed = put(node as Json, command.path, command.value) as NodeBody;
  const made = withNode(draft, command.node, { ...changed, exits: exitsAfter(node, changed, kinds) });
  const isTaller = exitNames(changed, kinds).length > exitNames(node, kinds).length;
  return isTaller ? { ...made, layout: { nodes: withRoom(made.body, made.layout.nodes, kinds, command.node) } } : made;
}

/** Exits follow the content that makes them: a choice that is renamed keeps its way, one that goes takes it along. */
function exitsAfter(before: NodeBody, after: NodeBody, kinds: Kinds): Record<string, string> {
  const led = { ...(after.exits ?? {}) };
  if (ruleOf(kinds, after.kind).open) return led;
  const [old, present] = [exitNames(before, kinds), exitNames(after, kinds)];
  const gone = old.filter((name) => !present.includes(name));
  const came = present.filter((name) => !old.includes(name));
  const [from, to] = [gone[0], came[0]];
  if (gone.length === 1 && came.length === 1 && from !== undefined && to !== undefined && led[from] !== undefined) {
    led[to] = led[from];
  }
  for (const name of gone) delete led[name];
  return led;
}

function put(value: Json, path: Path, inner: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return inner ?? null;
  if (typeof step === "number") {
    const list = Array.isArray(value) ? [...value] : [];
    if (rest.length === 0 && inner === undefined) list.splice(step, 1);
    else list[step] = put(list[step] ?? null, rest, inner);
    return list;
  }
  const fields = isFields(value) ? { ...value } : {};
  if (rest.length === 0 && inner === undefined) delete fields[step];
  else fields[step] = put(fields[step] ?? null, rest, inner);
  return fields;
}

function without(draft: Draft, gone: Set<string>): Draft {
  const nodes: Record<string, NodeBody> = {};
  for (const [name, node] of Object.entries(draft.body.nodes)) if (!gone.has(name)) nodes[name] = cut(node, gone);
  const places = Object.entries(draft.layout.nodes).filter(([name]) => !gone.has(name));
  return { ...withBody(draft, { ...draft.body, nodes }), layout: { nodes: Object.fromEntries(places) } };
}

function cut(node: NodeBody, gone: Set<string>): NodeBody {
  const kept = Object.entries(node.exits ?? {}).filter(([, target]) => !gone.has(target));
  return kept.length === Object.keys(node.exits ?? {}).length ? node : { ...node, exits: Object.fromEntries(kept) };
}
