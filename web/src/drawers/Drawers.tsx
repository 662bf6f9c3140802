import { Suspense, lazy, useEffect, useRef } from "react";
import { toggle } from "../editor/TopBar.tsx";
import { type DrawerName, set, useEditor } from "../editor/store.ts";
import { marksOf } from "../flow/problems.ts";
import { T } from "../texts.ts";
import "../style/drawers.css";
import { Calls } from "./Calls.tsx";
import { Problems } from "./Problems.tsx";
import { Simulate } from "./Simulate.tsx";
import { Tests } from "./Tests.tsx";
import { Versions } from "./Versions.tsx";
import { forget } from "./simulation.ts";

// With the phone comes a third of the size of the whole editor.
const CallMe = lazy(() => import("./CallMe.tsx"));

const DRAWERS: [DrawerName, string, React.ComponentType][] = [
  ["problems", T.editor.problems, Problems],
  ["simulate", T.editor.simulate, Simulate],
  ["call", T.editor.callMe, CallMe],
  ["tests", T.editor.tests, Tests],
  ["versions", T.editor.versions, Versions],
  ["calls", T.editor.calls, Calls],
];

export default function Drawers() {
  const open = useEditor((state) => state.drawer);
  const mayEdit = useEditor((state) => state.mayEdit);
  const problems = useEditor((state) => state.problems);
  const tests = useEditor((state) => state.history.draft.tests.length);
  const { errors, warnings } = marksOf(problems);
  const counts: Partial<Record<DrawerName, number>> = { problems: errors + warnings, tests };
  const [, title, Content] = DRAWERS.find(([name]) => name === open) ?? [];
  const box = useRef<HTMLElement>(null);
  useEffect(() => forget, []);
  useEffect(() => {
    if (open) (box.current?.querySelector<HTMLElement>("[tabindex='0']") ?? box.current)?.focus();
  }, [open]);
  return (
    <div className={open ? "drawers open" : "drawers"}>
      <div className="tabs" role="group" aria-label={T.editor.drawers} data-region="drawers">
        {DRAWERS.filter(([name]) => mayEdit || name !== "call").map(([name, label]) => (
          <button key={name} type="button" aria-expanded={open === name} onClick={() => toggle(name)}>
            {label}
            {counts[name] ? <span className={`badge ${name === "problems" && errors > 0 ? "error" : ""}`}>{counts[name]}</span> : null}
          </button>
        ))}
        {open && (
          <button type="button" className="quiet end" aria-label={T.close} onClick={() => set({ drawer: null })}>
            ×
          </button>
        )}
      </div>
      {Content && (
        <section ref={box} className={`drawer ${open}`} aria-label={title} data-region="drawer" tabIndex={-1}>
          <Suspense fallback={<p className="empty">{T.loading}</p>}>
            <Content />
          </Suspense>
        </section>
      )}
    </div>
  );
}
