// Which key does what; the list that "?" shows is in the texts.
import { arrow, editSelected, exitAt, goTo, nudge, connectTo, removeSelected } from "./actions.ts";
import { checkNow, saveNow } from "./saving.ts";
import { choose, drawnBody, editor, redo, set, undo } from "./store.ts";

type Action = () => unknown;

const DIALOGS: Record<string, Action> = {
  add: () => editor().mayEdit && set({ dialog: "add" }),
  connect: () => editor().mayEdit && exitAt() && set({ dialog: "connect" }),
  find: () => set({ dialog: "find" }),
};

/** Anywhere in the editor, also while typing. */
const ANYWHERE: Record<string, Action> = {
  "Ctrl+f": () => DIALOGS.find?.(),
  "Ctrl+s": () => saveNow(),
  "Ctrl+Enter": () => {
    set({ drawer: "problems" });
    return checkNow();
  },
};

/** Anywhere but in text. */
const OUTSIDE_TEXT: Record<string, Action> = {
  "Ctrl+z": undo,
  "Ctrl+y": redo,
  "Ctrl+Shift+z": redo,
};

/** On the canvas and in the outline. */
const ON_NODES: Record<string, Action> = {
  ArrowUp: () => arrow("up"),
  ArrowDown: () => arrow("down"),
  ArrowLeft: () => arrow("left"),
  ArrowRight: () => arrow("right"),
  "Shift+ArrowUp": () => nudge("up"),
  "Shift+ArrowDown": () => nudge("down"),
  "Shift+ArrowLeft": () => nudge("left"),
  "Shift+ArrowRight": () => nudge("right"),
  Home: () => goTo(drawnBody(editor()).start),
  Enter: () => editSelected(),
  F2: () => editSelected("#name"),
  a: () => DIALOGS.add?.(),
  c: () => DIALOGS.connect?.(),
  x: () => connectTo(null),
  Delete: removeSelected,
  Backspace: removeSelected,
  Escape: () => choose([]),
  "Ctrl+a": () => choose(Object.keys(editor().history.draft.body.nodes)),
};

const OUTLINE_OWN = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home"]);

export function keyOf(event: { key: string; ctrlKey: boolean; metaKey: boolean; shiftKey: boolean; altKey: boolean }): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const ctrl = event.ctrlKey || event.metaKey;
  const shift = event.shiftKey && (event.key.length > 1 || ctrl);
  return `${event.altKey ? "Alt+" : ""}${ctrl ? "Ctrl+" : ""}${shift ? "Shift+" : ""}${key}`;
}

/** Do what the key says; whether it did anything. `where`: the region the focus is in. */
export function onKey(event: KeyboardEvent, where: { text: boolean; region: string }): boolean {
  const key = keyOf(event);
  const onNodes = where.region === "canvas" || (where.region === "outline" && !OUTLINE_OWN.has(key));
  const action =
    ANYWHERE[key] ?? (where.text ? undefined : (OUTSIDE_TEXT[key] ?? (onNodes ? ON_NODES[key] : undefined)));
  if (!action) return false;
  void action();
  return true;
}

