import { useEffect, useState } from "react";
import { type TestsRun, runTests } from "../api/flows.ts";
import { change, editor, reveal, set, theDraft, useEditor } from "../editor/store.ts";
import type { TestCase } from "../flow/body.ts";
import { tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { replay } from "./simulation.ts";

export function Tests() {
  const tests = useEditor((state) => state.history.draft.tests);
  const [run, setRun] = useState<TestsRun | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => () => set({ missed: null }), []);
  if (tests.length === 0) return <p className="empty">{T.tests.none}</p>;
  const go = async () => {
    setBusy(true);
    try {
      setRun(await runTests(editor().flow, theDraft()));
    } catch (error) {
      tellError(error);
    }
    setBusy(false);
  };
  const results = new Map(run?.cases.map((one) => [one.name, one]));
  return (
    <div className="columns">
      <div>
        <p className="row">
          <button type="button" className="primary" disabled={busy} onClick={() => void go()}>
            {T.tests.run}
          </button>
          {run && <strong aria-live="polite">{T.tests.summary(run.passed, run.cases.length)}</strong>}
        </p>
        <ul className="lines tests">
          {tests.map((test) => (
            <Line key={test.name} test={test} result={results.get(test.name)} />
          ))}
        </ul>
      </div>
      {run && <Coverage run={run} />}
    </div>
  );
}

function Line({ test, result }: { test: TestCase; result: TestsRun["cases"][number] | undefined }) {
  const mayEdit = useEditor((state) => state.mayEdit);
  const open = () => {
    set({ drawer: "simulate" });
    void replay(test.given ?? {}, test.steps);
  };
  const remove = () => change({ do: "tests", tests: theDraft().tests.filter((one) => one !== test) });
  return (
    <li>
      <button type="button" className="quiet" title={T.tests.open} onClick={open}>
        {result && (
          <span className={`badge ${result.passed ? "added" : "error"}`}>
            {result.passed ? `✓ ${T.tests.passed}` : `! ${T.tests.failed}`}
          </span>
        )}
        {test.name}
      </button>
      {mayEdit && (
        <button type="button" className="quiet" aria-label={`${T.tests.remove}: ${test.name}`} onClick={remove}>
          ×
        </button>
      )}
      {result?.failures.map((text) => (
        <p key={text} className="fault">
          {text}
        </p>
      ))}
    </li>
  );
}

const EXIT = " -> ";

function Coverage({ run: { coverage } }: { run: TestsRun }) {
  const nodes = coverage.missed.filter((one) => !one.includes(EXIT));
  return (
    <div>
      <p>{T.tests.coverage(coverage.share)}</p>
      {coverage.missed.length > 0 && (
        <>
          <h3>{T.tests.missed}</h3>
          {nodes.length > 0 && (
            <button type="button" onClick={() => set({ missed: new Set(nodes), view: "canvas" })}>
              {T.tests.showMissed}
            </button>
          )}
          <ul className="lines">
            {coverage.missed.map((one) => (
              <li key={one}>
                <button type="button" className="quiet" onClick={() => reveal(one.split(EXIT)[0] ?? "", false)}>
                  {one.replace(EXIT, " → ")}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
