import { type ComponentType, Suspense, lazy, useEffect, useState } from "react";
import { T } from "../texts.ts";
import "../style/editor.css";
import { Canvas } from "./Canvas.tsx";
import { Dialogs } from "./Dialogs.tsx";
import { Landmarks } from "./Landmarks.tsx";
import { Palette } from "./Palette.tsx";
import { TopBar } from "./TopBar.tsx";
import { copySelected, goTo, pasteText, removeSelected } from "./actions.ts";
import { onKey } from "./keys.ts";
import { useFollowLive } from "./live.ts";
import { openFlow } from "./loading.ts";
import { autosave, checkNow, leave, left, saveNow } from "./saving.ts";
import { closing, editor, theDraft, useEditor } from "./store.ts";

const Drawers = lazy(() => import("../drawers/Drawers.tsx"));
const Outline = lazy(() => import("./Outline.tsx"));

interface Props {
  flow: string;
  /** The node to begin with; null: where calls start. */
  node: string | null;
  mayEdit: boolean;
}

type State = { at: "opening" } | { at: "open"; Inspector: ComponentType } | { at: "failed"; fault: string };

export default function EditorPage({ flow, node, mayEdit }: Props) {
  const state = useOpened(flow, mayEdit);
  const isOpen = state.at === "open";
  useEffect(() => {
    if (!isOpen) return;
    const { nodes, start } = theDraft().body;
    goTo(node !== null && node in nodes ? node : start);
  }, [isOpen, node]);
  if (state.at === "opening") return <p className="empty">{T.loading}</p>;
  if (state.at === "open") return <Editor Inspector={state.Inspector} />;
  return (
    <div className="page">
      <p className="fault" role="alert">
        {state.fault}
      </p>
      <a href="#/flows">{T.editor.back}</a>
    </div>
  );
}

function useOpened(flow: string, mayEdit: boolean): State {
  const [state, setState] = useState<State>({ at: "opening" });
  useEffect(() => {
    let gone = false;
    let stop = () => undefined as void;
    opened(flow, mayEdit).then(
      (Inspector) => {
        if (gone) return;
        stop = autosave();
        setState({ at: "open", Inspector });
        void checkNow();
      },
      (error: unknown) => !gone && setState({ at: "failed", fault: (error as Error).message }),
    );
    return () => {
      gone = true;
      stop();
      leave(closing());
    };
  }, [flow, mayEdit]);
  return state;
}

/** Opens a flow; returns the inspector, which must be there before the first key that goes to it. */
async function opened(flow: string, mayEdit: boolean): Promise<ComponentType> {
  await left();
  const [inspector] = await Promise.all([import("./Inspector.tsx"), openFlow(flow, mayEdit)]);
  if (editor().saving.state === "waiting") void saveNow();
  return inspector.default;
}

function Editor({ Inspector }: { Inspector: ComponentType }) {
  const view = useEditor((one) => one.view);
  const mayEdit = useEditor((one) => one.mayEdit);
  const spoken = useEditor((one) => one.spoken);
  useKeys();
  useClipboard();
  useBeforeLeaving();
  useFollowLive();
  return (
    <div className="editor">
      <TopBar />
      <div className="work">
        {mayEdit && <Palette />}
        <section
          className="drawing"
          aria-label={view === "canvas" ? T.editor.canvas : T.editor.outline}
          aria-description={view === "canvas" ? T.editor.canvasHelp : T.editor.outlineHelp}
          data-region={view}
        >
          {view === "canvas" && <Landmarks />}
          <Suspense fallback={null}>{view === "canvas" ? <Canvas /> : <Outline />}</Suspense>
        </section>
        <Inspector />
      </div>
      <Suspense fallback={null}>
        <Drawers />
      </Suspense>
      <Dialogs />
      <div className="sr" aria-live="polite" data-spoken>
        {spoken}
      </div>
    </div>
  );
}

const TEXT = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(TEXT);
}

function useKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (event.defaultPrevented || target?.closest("dialog")) return;
      if (event.key === "F6") {
        event.preventDefault();
        return nextRegion(target, event.shiftKey ? -1 : 1);
      }
      const region = regionOf(target);
      if (event.key === "Escape" && region && region !== "canvas" && region !== "outline") return nextRegion(null, 0);
      // A button that has the focus keeps its own keys.
      if (target?.matches("button, a, summary") && ["Enter", " "].includes(event.key)) return;
      if (onKey(event, { text: isText(target), region })) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** Keys while nothing has the focus are for the nodes, as when a node is about to be drawn. */
function regionOf(target: HTMLElement | null): string {
  if (target === document.body) return editor().view;
  return target?.closest<HTMLElement>("[data-region]")?.dataset.region ?? "";
}

/** By 0: back to the nodes. */
function nextRegion(from: HTMLElement | null, by: number): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  const own = from?.closest<HTMLElement>("[data-region]");
  const drawing = regions.findIndex(({ dataset }) => dataset.region === "canvas" || dataset.region === "outline");
  const at = own && by !== 0 ? regions.indexOf(own) + by : drawing;
  const region = regions[(at + regions.length) % regions.length];
  const inside = (selector: string) => region?.querySelector<HTMLElement>(selector);
  (inside('[tabindex="0"]') ?? inside("input, select, textarea, button") ?? region)?.focus();
}

function useClipboard(): void {
  useEffect(() => {
    const isOurs = (event: ClipboardEvent) =>
      !isText(event.target) && !(event.target as HTMLElement).closest?.("dialog") && (getSelection()?.isCollapsed ?? true);
    const copy = (event: ClipboardEvent) => {
      const text = isOurs(event) ? copySelected() : "";
      if (!text) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") removeSelected();
    };
    const paste = (event: ClipboardEvent) => {
      if (!isOurs(event)) return;
      pasteText(event.clipboardData?.getData("text/plain") ?? "");
      event.preventDefault();
    };
    addEventListener("copy", copy);
    addEventListener("cut", copy);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("copy", copy);
      removeEventListener("cut", copy);
      removeEventListener("paste", paste);
    };
  }, []);
}

function useBeforeLeaving(): void {
  const state = useEditor((one) => one.saving.state);
  useEffect(() => {
    if (state === "saved" || state === "published") return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [state]);
}
