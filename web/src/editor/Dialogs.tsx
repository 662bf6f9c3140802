import { Suspense, lazy } from "react";
import { find } from "../flow/find.ts";
import { summaryOf } from "../flow/summary.ts";
import { Chooser, type Option } from "../shell/Chooser.tsx";
import { Dialog } from "../shell/Dialog.tsx";
import { T } from "../texts.ts";
import { addNode, connectTo, exitAt, goTo } from "./actions.ts";
import { groupsOf, kindsLike } from "./kindList.ts";
import { drawnBody, editor, reveal, selectedNode, set, useEditor } from "./store.ts";

const ConflictDialog = lazy(() => import("./ConflictDialog.tsx"));
const PromptWindow = lazy(() => import("./PromptWindow.tsx"));
const PublishDialog = lazy(() => import("./PublishDialog.tsx"));

export function Dialogs() {
  return (
    <Suspense fallback={null}>
      <OpenDialog />
    </Suspense>
  );
}

function OpenDialog() {
  const dialog = useEditor((state) => state.dialog);
  switch (dialog) {
    case "add":
      return <AddDialog />;
    case "connect":
      return <ConnectDialog />;
    case "find":
      return <FindDialog />;
    case "publish":
      return <PublishDialog onClose={shut} />;
    case "prompt":
      return <PromptWindow onClose={() => set({ dialog: null })} />;
    case "conflict":
      return <ConflictDialog />;
    default:
      return null;
  }
}

/** Close the dialog and go back to where the keys were. */
export function shut(): void {
  set({ dialog: null });
  const node = selectedNode(editor());
  if (node !== null) reveal(node);
}

const EVERYTHING = "";

function AddDialog() {
  const kinds = useEditor((state) => state.kinds);
  const after = exitAt();
  const options = (typed: string): Option[] =>
    (typed ? kindsLike(kinds, typed) : groupsOf(kindsLike(kinds, EVERYTHING)).flatMap(([, lines]) => lines)).map((line) => ({
      key: line.kind,
      label: line.title,
      hint: line.help,
      group: T.editor.groups[line.group] ?? line.group,
    }));
  return (
    <Dialog title={after ? T.add.after(after.node, after.exit) : T.add.title} onClose={shut}>
      <Chooser label={T.add.search} none={T.add.none} options={options} onChoose={(kind) => addNode(kind)} />
    </Dialog>
  );
}

const NOTHING = "\n";

function ConnectDialog() {
  const body = useEditor((state) => state.history.draft.body);
  const kinds = useEditor((state) => state.kinds);
  const from = exitAt();
  if (!from) return null;
  const options = (typed: string): Option[] => {
    const found = typed ? find(body, typed, kinds).map(({ node }) => node) : Object.keys(body.nodes).sort();
    const nodes = found.map((node) => ({ key: node, label: node, hint: hintOf(node) }));
    return typed ? nodes : [...nodes, { key: NOTHING, label: T.connect.nothing }];
  };
  return (
    <Dialog title={T.connect.title(from.node, from.exit)} onClose={shut}>
      <Chooser label={T.connect.search} none={T.connect.none} options={options} onChoose={(to) => connectTo(to === NOTHING ? null : to)} />
    </Dialog>
  );
}

function hintOf(name: string): string {
  const state = editor();
  const node = drawnBody(state).nodes[name];
  if (!node) return "";
  const title = state.kinds[node.kind]?.title ?? node.kind;
  return [title, summaryOf(node, state.kinds, (prompt) => state.known.prompts.get(prompt) ?? "")].filter(Boolean).join(" · ");
}

function FindDialog() {
  const body = useEditor(drawnBody);
  const kinds = useEditor((state) => state.kinds);
  const options = (typed: string): Option[] =>
    find(body, typed, kinds).map(({ node, field, text }) => ({ key: node, label: node, hint: field ? `${field}: ${text}` : hintOf(node) }));
  const choose = (node: string) => {
    set({ dialog: null });
    goTo(node);
  };
  return (
    <Dialog title={T.find.title} onClose={shut}>
      <Chooser label={T.find.search} none={T.find.none} options={options} onChoose={choose} />
    </Dialog>
  );
}
