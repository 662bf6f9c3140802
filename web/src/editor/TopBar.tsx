import { useEffect, useMemo, useState } from "react";
import { differences, nodesChanged } from "../flow/differences.ts";
import { marksOf } from "../flow/problems.ts";
import { openHere, othersIn, useLive } from "../live.ts";
import { T } from "../texts.ts";
import { arrange } from "./actions.ts";
import { checkNow } from "./saving.ts";
import { type DrawerName, editor, redo, set, undo, useEditor } from "./store.ts";

export function TopBar() {
  const flow = useEditor((state) => state.flow);
  const mayEdit = useEditor((state) => state.mayEdit);
  return (
    <div className="bar" data-region="bar">
      <a href="#/flows" className="back" aria-label={T.editor.back} title={T.editor.back}>
        ←
      </a>
      <h1>{flow}</h1>
      <SaveState />
      <span className="grow" />
      <Views />
      {mayEdit && <Edits />}
      <button type="button" title="Ctrl+F" onClick={() => set({ dialog: "find" })}>
        {T.editor.find}
      </button>
      <Trials />
      {mayEdit && (
        <button type="button" className="primary" onClick={publish}>
          {T.editor.publish}
        </button>
      )}
    </div>
  );
}

function publish(): void {
  set({ dialog: "publish" });
  void checkNow();
}

function check(): void {
  set({ drawer: "problems" });
  void checkNow();
}

function Edits() {
  const canUndo = useEditor((state) => state.history.past.length > 0);
  const canRedo = useEditor((state) => state.history.future.length > 0);
  return (
    <>
      <Tool label={T.editor.undo} sign="↶" keys="Ctrl+Z" disabled={!canUndo} onClick={undo} />
      <Tool label={T.editor.redo} sign="↷" keys="Ctrl+Y" disabled={!canRedo} onClick={redo} />
      <button type="button" onClick={() => void arrange()}>
        {T.editor.arrange}
      </button>
    </>
  );
}

/** Three ways to see whether it is right. */
function Trials() {
  const mayEdit = useEditor((state) => state.mayEdit);
  return (
    <>
      <button type="button" title="Ctrl+Enter" onClick={check}>
        {T.editor.check}
      </button>
      <button type="button" onClick={() => toggle("simulate")}>
        {T.editor.simulate}
      </button>
      {mayEdit && (
        <button type="button" onClick={() => toggle("call")}>
          {T.editor.callMe}
        </button>
      )}
    </>
  );
}

export function toggle(drawer: DrawerName): void {
  set({ drawer: editor().drawer === drawer ? null : drawer });
}

function Tool({ label, sign, keys, disabled, onClick }: { label: string; sign: string; keys: string; disabled: boolean; onClick: () => void }) {
  return (
    <button type="button" className="tool" aria-label={label} title={`${label} (${keys})`} disabled={disabled} onClick={onClick}>
      {sign}
    </button>
  );
}

function Views() {
  const view = useEditor((state) => state.view);
  return (
    <div className="views" role="group" aria-label={T.editor.view}>
      {(["canvas", "outline"] as const).map((one) => (
        <button key={one} type="button" aria-pressed={view === one} onClick={() => set({ view: one })}>
          {one === "canvas" ? T.editor.canvas : T.editor.outline}
        </button>
      ))}
    </div>
  );
}

function SaveState() {
  const saving = useEditor((state) => state.saving);
  const mayEdit = useEditor((state) => state.mayEdit);
  const isLive = useEditor((state) => state.live !== null);
  const problems = useEditor((state) => state.problems);
  const now = useNow(saving.state === "saved");
  const { errors, warnings } = marksOf(problems);
  const words = {
    published: isLive ? T.save.asPublished : T.save.asShipped,
    saved: T.save.saved(T.ago((now - saving.at) / 1000)),
    waiting: T.save.waiting,
    saving: T.save.saving,
    failed: T.save.failed,
    conflict: T.save.conflict,
  }[saving.state];
  return (
    <p className={`save-state ${saving.state}`} data-save={saving.state}>
      <span>{mayEdit ? words : T.editor.readOnly}</span>
      <span>
        <Against />
      </span>
      {saving.state === "conflict" && (
        <button type="button" className="badge error" onClick={() => set({ dialog: "conflict" })}>
          {T.save.settle}
        </button>
      )}
      <Others />
      {errors + warnings > 0 && (
        <button type="button" className={`badge ${errors > 0 ? "error" : "warning"}`} onClick={() => toggle("problems")}>
          {T.problems.count(errors, warnings)}
        </button>
      )}
    </p>
  );
}

/** Who else has this flow open: whoever sees it can talk before both change the same node. */
function Others() {
  const flow = useEditor((state) => state.flow);
  const others = useLive((state) => othersIn(state, flow));
  useEffect(() => {
    openHere(flow);
    return () => openHere(null);
  }, [flow]);
  return others ? <span className="badge renamed">{T.save.others(others)}</span> : null;
}

const LATER_MS = 400;

/** How the draft differs from what callers get; reckoned a moment after the last change. */
function Against() {
  const live = useEditor((state) => state.live);
  const kinds = useEditor((state) => state.kinds);
  const body = useLater(useEditor((state) => state.history.draft.body));
  const count = useMemo(() => (live ? nodesChanged(differences(live.body, body, kinds)) : 0), [live, body, kinds]);
  if (!live) return T.save.never;
  if (live.unreadable) {
    return (
      <button type="button" className="badge error" title={live.unreadable} onClick={() => toggle("versions")}>
        {T.save.unreadable(live.version)}
      </button>
    );
  }
  return count === 0 ? T.save.same(live.version) : T.save.differs(live.version, count);
}

function useLater<Value>(value: Value): Value {
  const [shown, setShown] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setShown(value), LATER_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return shown;
}

function useNow(ticks: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticks) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [ticks]);
  return Math.max(now, 0);
}
