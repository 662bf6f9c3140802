// What the caller and the world can do in a simulated call.
import { type FormEvent, useState } from "react";
import { type Simulation, record } from "../api/flows.ts";
import { change, editor, theDraft, useEditor } from "../editor/store.ts";
import type { Step } from "../flow/body.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { begin, over, stepBack, take, useCall } from "./simulation.ts";

export const KEYS = [..."123456789*0#"];

export function Panel() {
  const shown = useCall((state) => state.shown);
  const steps = useCall((state) => state.steps);
  const off = !shown || over(shown);
  return (
    <div className="sim-panel">
      <Keypad wanted={shown?.asks?.keys ?? ""} off={off} />
      <Words off={off} />
      <div className="sim-acts">
        <Act label={T.sim.silence} step="silence" off={off} />
        <Act label={T.sim.wait} step={{ wait: 10 }} off={off} />
        <Others waitingFor={shown?.waiting_for ?? ""} off={off} />
        <Act label={T.sim.hangUp} step="hang up" off={off} />
      </div>
      <div className="sim-acts">
        <button type="button" disabled={steps.length === 0} onClick={() => void stepBack()}>
          {T.sim.back}
        </button>
        <button type="button" onClick={() => void begin()}>
          {T.sim.restart}
        </button>
      </div>
      <SaveAsTest />
    </div>
  );
}

function Keypad({ wanted, off }: { wanted: string; off: boolean }) {
  return (
    <div className="keypad" role="group" aria-label={T.sim.keys}>
      {KEYS.map((key) => (
        <button key={key} type="button" className={wanted.includes(key) ? "wanted" : ""} disabled={off} aria-label={T.sim.press(key)} onClick={() => void take({ press: key })}>
          {key}
        </button>
      ))}
    </div>
  );
}

function Words({ off }: { off: boolean }) {
  const say = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get("words")).trim();
    if (words) void take(/^[0-9*#]{2,}$/.test(words) ? { press: words } : { say: words });
    event.currentTarget.reset();
  };
  return (
    <form className="row small" onSubmit={say}>
      <input name="words" type="text" aria-label={T.sim.sayLabel} placeholder={T.sim.sayLabel} autoComplete="off" disabled={off} />
      <button type="submit" disabled={off}>
        {T.sim.say}
      </button>
    </form>
  );
}

/** What others than the caller may do, by what the call waits for. */
const OTHERS: Record<string, [string, Step][]> = {
  recording: [[T.sim.speak, { speak: 8 }]],
  queue: [
    [T.sim.answers, { agent: "answers" }],
    [T.sim.gone, { agent: "gone" }],
    [T.sim.full, { queue: "full" }],
    [T.sim.late, { queue: "late" }],
  ],
  agent: [[T.sim.leaves, { agent: "leaves" }]],
};

function Others({ waitingFor, off }: { waitingFor: Simulation["waiting_for"]; off: boolean }) {
  return (OTHERS[waitingFor] ?? []).map(([label, step]) => <Act key={label} label={label} step={step} off={off} />);
}

function Act({ label, step, off }: { label: string; step: Step; off: boolean }) {
  return (
    <button type="button" disabled={off} onClick={() => void take(step)}>
      {label}
    </button>
  );
}

function SaveAsTest() {
  const steps = useCall((state) => state.steps);
  const given = useCall((state) => state.given);
  const mayEdit = useEditor((state) => state.mayEdit);
  const [open, setOpen] = useState(false);
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name")).trim();
    try {
      const draft = theDraft();
      const { case: made } = await record(editor().flow, draft.body, name, given, steps);
      change({ do: "tests", tests: [...draft.tests.filter((one) => one.name !== name), made] });
      tell(T.sim.saved(name));
      setOpen(false);
    } catch (error) {
      tellError(error);
    }
  };
  if (!mayEdit) return null;
  if (!open) {
    return (
      <button type="button" onClick={() => setOpen(true)}>
        {T.sim.save}
      </button>
    );
  }
  return (
    <form className="row small" onSubmit={save}>
      <input name="name" type="text" required maxLength={200} autoFocus aria-label={T.sim.testName} placeholder={T.sim.testName} autoComplete="off" />
      <button type="submit">{T.sim.enter}</button>
    </form>
  );
}
