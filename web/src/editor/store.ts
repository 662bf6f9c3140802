// The state of the open editor. The draft changes by `change` alone; everything else is about looking at it.
import { create } from "zustand";
import type { FlowLine } from "../api/flows.ts";
import type { Draft, FlowBody, Places } from "../flow/body.ts";
import type { Command } from "../flow/commands.ts";
import type { Overlay } from "../flow/differences.ts";
import type { Heat } from "../flow/heat.ts";
import { type History, begin, done, redone, select, undone } from "../flow/history.ts";
import type { Kinds } from "../flow/kinds.ts";
import type { Spot } from "../flow/moves.ts";
import { type Problem, byNode } from "../flow/problems.ts";
import type { Trace } from "../flow/trace.ts";

/** What there is to choose from, by what a schema's `x-names` says. */
export interface Known {
  names: Record<string, string[]>;
  prompts: Map<string, string>;
  flows: FlowLine[];
}

export interface Saving {
  state: "published" | "saved" | "waiting" | "saving" | "failed" | "conflict";
  at: number;
  /** The number of the stored draft; "0": there is none. */
  lock: string;
  /** Of what the desk has. */
  hash: string;
  base: Draft;
}

export interface Theirs {
  draft: Draft;
  lock: string;
  author: string;
  at: string;
}

export type DialogName = "add" | "connect" | "find" | "publish" | "conflict" | "prompt";
export type DrawerName = "problems" | "simulate" | "call" | "tests" | "versions" | "calls";

export interface Live {
  version: number;
  body: FlowBody;
  /** Why the program cannot read it; "": it can. */
  unreadable: string;
}

export interface Comparison extends Overlay {
  places: Places;
  title: string;
}

export interface Editor {
  flow: string;
  mayEdit: boolean;
  kinds: Kinds;
  known: Known;
  history: History;
  /** The exit that keys act on, of the selected node. */
  exit: string | null;
  came: Spot[];
  problems: Problem[];
  problemsOf: Map<string, Problem[]>;
  saving: Saving;
  theirs: Theirs | null;
  live: Live | null;
  /** The version the draft began with. */
  basedOn: number | null;
  comparison: Comparison | null;
  heat: Heat | null;
  trace: Trace | null;
  missed: Set<string> | null;
  dialog: DialogName | null;
  /** The prompt that the window is about. */
  prompt: string | null;
  drawer: DrawerName | null;
  view: "canvas" | "outline";
  /** Asks the canvas to show a node and, with `focus`, to put the focus on it. */
  reveal: { node: string; focus: boolean; count: number } | null;
  /** Asks the inspector to put the focus on a field; "" is its first. */
  edit: { node: string; field: string; count: number } | null;
  spoken: string;
}

const NOWHERE: Draft = { body: { name: "", start: "", nodes: {} }, layout: { nodes: {} }, tests: [] };

const CLOSED: Editor = {
  flow: "",
  mayEdit: false,
  kinds: {},
  known: { names: {}, prompts: new Map(), flows: [] },
  history: begin(NOWHERE),
  exit: null,
  came: [],
  problems: [],
  problemsOf: new Map(),
  saving: { state: "published", at: 0, lock: "0", hash: "", base: NOWHERE },
  theirs: null,
  live: null,
  basedOn: null,
  comparison: null,
  heat: null,
  trace: null,
  missed: null,
  dialog: null,
  prompt: null,
  drawer: null,
  view: "canvas",
  reveal: null,
  edit: null,
  spoken: "",
};

export const useEditor = create<Editor>(() => CLOSED);
export const editor = useEditor.getState;
export const set = useEditor.setState;

export function open(state: Partial<Editor>): void {
  opened += 1;
  set({ ...CLOSED, ...state });
}

let opened = 0;

/** Returns what closes the editor as it is open now, and does nothing once another flow has been opened. */
export function closing(): () => void {
  const own = opened;
  return () => own === opened && set(CLOSED);
}

export function change(command: Command): void {
  const { mayEdit, comparison, history, kinds } = editor();
  if (mayEdit && !comparison) adopt(done(history, command, kinds, Date.now()));
}

export const undo = () => travel(undone);
export const redo = () => travel(redone);

/** Go a step back or on, and show where that was. */
function travel(by: (history: History) => History): void {
  adopt(by(editor().history));
  const [first] = editor().history.selected;
  if (first !== undefined) reveal(first);
}

export function choose(nodes: string[], exit: string | null = null): void {
  set(({ history }) => ({ history: select(history, nodes), exit }));
}

function adopt(history: History): void {
  set((state) => {
    const [only, more] = history.selected;
    const kept = only !== undefined && more === undefined && state.history.selected[0] === only;
    return { history, exit: kept ? state.exit : null };
  });
}

export function showProblems(problems: Problem[]): void {
  set({ problems, problemsOf: byNode(problems) });
}

let count = 0;

export function reveal(node: string, focus = true): void {
  count += 1;
  set({ reveal: { node, focus, count } });
}

export function editField(node: string, field: string): void {
  count += 1;
  choose([node]);
  set({ edit: { node, field, count } });
}

/** Have screen readers say `text`. */
export function say(text: string): void {
  set({ spoken: text });
}

export const theDraft = () => editor().history.draft;
export const selectedNode = (state: Editor) => (state.history.selected.length === 1 ? (state.history.selected[0] ?? null) : null);
export const drawnBody = (state: Editor) => state.comparison?.body ?? state.history.draft.body;
export const drawnPlaces = (state: Editor) => state.comparison?.places ?? state.history.draft.layout.nodes;
