// Undo and redo: whole drafts, which share what did not change. "Saved" is a comparison of content, never a flag.
import type { Draft } from "./body.ts";
import type { Command } from "./commands.ts";
import { applied } from "./commands.ts";
import type { Kinds } from "./kinds.ts";

export const MOST_STEPS = 200;
// Keys typed into one field within this time are one step back.
export const ONE_EDIT_MS = 1_500;

interface Entry {
  draft: Draft;
  selected: string[];
}

export interface History {
  draft: Draft;
  selected: string[];
  past: Entry[];
  future: Entry[];
  /** What the last command wrote to, and when: the next one to the same place joins it. */
  last: { place: string; at: number } | null;
}

export function begin(draft: Draft): History {
  return { draft, selected: [], past: [], future: [], last: null };
}

export function done(history: History, command: Command, kinds: Kinds, now: number): History {
  const draft = applied(history.draft, command, kinds);
  if (draft === history.draft) return history;
  const place = placeOf(command);
  const joins = place !== null && history.last?.place === place && now - history.last.at < ONE_EDIT_MS;
  const past = joins ? history.past : [...history.past, entryOf(history)].slice(-MOST_STEPS);
  return {
    draft,
    selected: selectionAfter(history, command, draft),
    past,
    future: [],
    last: place === null ? null : { place, at: now },
  };
}

export function undone(history: History): History {
  const entry = history.past.at(-1);
  if (!entry) return history;
  return { ...entry, past: history.past.slice(0, -1), future: [entryOf(history), ...history.future], last: null };
}

export function redone(history: History): History {
  const [entry, ...future] = history.future;
  if (!entry) return history;
  return { ...entry, past: [...history.past, entryOf(history)], future, last: null };
}

export function select(history: History, nodes: string[]): History {
  return { ...history, selected: nodes.filter((name) => name in history.draft.body.nodes), last: null };
}

function entryOf({ draft, selected }: History): Entry {
  return { draft, selected };
}

function placeOf(command: Command): string | null {
  if (command.do === "set") return `${command.node}\n${command.path.join("\n")}`;
  return command.do === "flow" ? `\n${command.field}` : null;
}

function selectionAfter(history: History, command: Command, draft: Draft): string[] {
  if (command.do === "add") return [command.name];
  if (command.do === "paste") return Object.keys(command.nodes);
  if (command.do === "rename") return history.selected.map((name) => (name === command.from ? command.to : name));
  return history.selected.filter((name) => name in draft.body.nodes);
}
