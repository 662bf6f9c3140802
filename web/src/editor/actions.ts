// What keys and buttons do.
import { freeName } from "../flow/names.ts";
import { clipOf, copied, pasted } from "../flow/clipboard.ts";
import { exitsOf } from "../flow/exits.ts";
import { type First, newNode } from "../flow/kinds.ts";
import { type Arrow, firstSpot, moved } from "../flow/moves.ts";
import { freePlace, placeAfter } from "../flow/place.ts";
import { tell } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { arrangedPlaces } from "./loading.ts";
import { change, choose, drawnBody, drawnPlaces, editField, editor, reveal, say, selectedNode, set, theDraft } from "./store.ts";

const STEP = 24;
const MOST_CAME = 100;

/** The selected exit, or the first one of the selected node that leads nowhere, or its first. */
export function exitAt(): { node: string; exit: string } | null {
  const state = editor();
  const node = selectedNode(state);
  const content = node === null ? undefined : theDraft().body.nodes[node];
  if (node === null || !content) return null;
  const exits = exitsOf(content, state.kinds);
  const exit = state.exit ?? exits.find(({ target, sort }) => target === null && sort === "required")?.name ?? exits[0]?.name;
  return exit === undefined ? null : { node, exit };
}

/** Add a node of `kind`, after the selected exit if there is one, else at `at` or below everything. */
export function addNode(kind: string, at: { x: number; y: number } | null = null): void {
  const { kinds, known } = editor();
  const { body, layout } = theDraft();
  const first: First = { prompt: known.prompts.has("welcome") ? "welcome" : ([...known.prompts.keys()][0] ?? "welcome"), names: known.names };
  const node = newNode(kinds, kind, first);
  const name = freeName(kind, new Set(Object.keys(body.nodes)));
  const after = at ? null : exitAt();
  const room = after
    ? { after, ...placeAfter(body, layout.nodes, kinds, after) }
    : { at: freePlace(body, layout.nodes, kinds, at ?? { x: 0, y: 0 }) };
  change({ do: "add", name, node, ...room });
  set({ dialog: null, exit: firstSpot(theDraft().body, kinds, name).exit });
  reveal(name);
  tell(T.editor.added(kinds[kind]?.title ?? kind, name));
}

export function connectTo(to: string | null): void {
  const from = exitAt();
  if (!from) return;
  change(to === null ? { do: "disconnect", from } : { do: "connect", from, to });
  set({ dialog: null, exit: from.exit });
  say(T.editor.connected(from.node, from.exit, to ?? T.editor.open));
  reveal(from.node);
}

export function removeSelected(): void {
  const { history, came } = editor();
  const nodes = history.selected;
  if (nodes.length === 0) return;
  const next = came.findLast(({ node }) => !nodes.includes(node) && node in history.draft.body.nodes)?.node;
  change({ do: "remove", nodes });
  tell(T.editor.removed(nodes.length));
  const { body } = theDraft();
  const to = next ?? (body.start in body.nodes ? body.start : Object.keys(body.nodes)[0]);
  if (to !== undefined) goTo(to);
}

/** The selected nodes as text for the clipboard; "": none is selected. */
export function copySelected(): string {
  const { selected, draft } = editor().history;
  if (selected.length === 0) return "";
  kept = copied(draft, selected);
  tell(T.editor.copied(selected.length));
  return kept;
}

// Also what is pasted where the browser gives nothing.
let kept = "";

export function pasteText(text: string): void {
  const clip = clipOf(text) ?? clipOf(kept);
  if (!clip) return tell(T.editor.nothingToPaste);
  const made = pasted(theDraft(), clip);
  change({ do: "paste", ...made });
  const names = Object.keys(made.nodes);
  tell(T.editor.pasted(names.length));
  if (names[0] !== undefined) reveal(names[0]);
}

export async function arrange(): Promise<void> {
  change({ do: "move", places: await arrangedPlaces(theDraft(), editor().kinds) });
  tell(T.editor.arranged);
}

export function goTo(node: string, exit: string | null = null): void {
  choose([node], exit);
  reveal(node);
}

export function arrow(way: Arrow): void {
  const state = editor();
  const [body, places] = [drawnBody(state), drawnPlaces(state)];
  const node = selectedNode(state);
  if (node === null) return goTo(state.history.selected[0] ?? body.start);
  const from = { node, exit: state.exit };
  const to = moved(body, places, state.kinds, from, way, state.came);
  if (to.node !== from.node) set({ came: [...state.came, from].slice(-MOST_CAME) });
  choose([to.node], to.exit);
  if (to.node !== node) reveal(to.node);
  sayExit();
}

function sayExit(): void {
  const state = editor();
  const node = selectedNode(state);
  const exits = node === null ? [] : exitsOf(drawnBody(state).nodes[node] ?? { kind: "" }, state.kinds);
  const place = exits.findIndex(({ name }) => name === state.exit);
  const exit = exits[place];
  if (exit) say(T.editor.exitSpoken(exit.name, place + 1, exits.length, exit.target ?? ""));
}

export function nudge(way: Arrow): void {
  const { selected, draft } = editor().history;
  const by = { up: [0, -STEP], down: [0, STEP], left: [-STEP, 0], right: [STEP, 0] }[way];
  const places = selected.flatMap((name) => {
    const at = draft.layout.nodes[name];
    return at ? [[name, { x: at.x + (by[0] ?? 0), y: at.y + (by[1] ?? 0) }] as const] : [];
  });
  if (places.length > 0) change({ do: "move", places: Object.fromEntries(places) });
}

export function editSelected(field = ""): void {
  const node = selectedNode(editor());
  if (node !== null) editField(node, field);
}
