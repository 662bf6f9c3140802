import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { type Simulation, record } from "../api/flows.ts";
import { change, editor, set, theDraft, useEditor } from "../editor/store.ts";
import { type Bubble, conversation, stepInWords } from "../flow/talk.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Given } from "./Given.tsx";
import { begin, showTrace, stepBack, take, useCall, withGiven } from "./simulation.ts";

const KEYS = [..."123456789*0#"];

export function Simulate() {
  const shown = useCall((state) => state.shown);
  const body = useEditor((state) => state.history.draft.body);
  const first = useRef(body);
  useEffect(() => {
    if (useCall.getState().shown) showTrace();
    else void begin();
    return () => set({ trace: null });
  }, []);
  // What is edited is heard at once: the same steps are played again.
  useEffect(() => {
    if (first.current === body) return;
    first.current = body;
    const timer = setTimeout(() => void withGiven(useCall.getState().given), 700);
    return () => clearTimeout(timer);
  }, [body]);
  return (
    <div className="simulate" onKeyDown={pressed}>
      <Talk />
      <Panel />
      <div className="sim-side">
        {shown && <Facts />}
        <Given />
      </div>
    </div>
  );
}

/** Keys of the keyboard are keys of the telephone, but where one writes. */
function pressed(event: KeyboardEvent<HTMLElement>): void {
  const isText = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if (isText || event.ctrlKey || event.altKey || event.metaKey || !KEYS.includes(event.key)) return;
  const { shown } = useCall.getState();
  if (shown && !over(shown)) void take({ press: event.key });
}

function Talk() {
  const shown = useCall((state) => state.shown);
  const steps = useCall((state) => state.steps);
  const marks = useCall((state) => state.marks);
  const end = useRef<HTMLParagraphElement>(null);
  const bubbles = conversation(shown?.heard ?? [], steps, marks);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [bubbles.length]);
  return (
    <div className="talk" role="log" aria-label={T.sim.call} tabIndex={0}>
      <ol>
      {bubbles.map((bubble) => (
        <Line key={bubble.id} bubble={bubble} />
      ))}
      {shown?.failure && (
        <li className="bubble failure">
          {T.sim.failed} {shown.failure.text}
        </li>
      )}
      {shown?.end && <li className="bubble over">{T.sim.ended([shown.end.end, shown.end.outcome, shown.end.reason].filter(Boolean).join(", "))}</li>}
      </ol>
      <p ref={end} className="sim-at">
        {shown && !over(shown) ? `${T.sim.at(shown.at.node)} ${T.sim.waits[shown.waiting_for] ?? shown.waiting_for}` : ""}
      </p>
    </div>
  );
}

function Line({ bubble }: { bubble: Bubble }) {
  if (bubble.by === "caller") return <li className="bubble caller">{stepInWords(bubble.step)}</li>;
  const { at_s, text, key, language } = bubble.line;
  if (!key) {
    return (
      <li className="told">
        <time>{clock(at_s)}</time> {text.replace(/^\S /, "")}
      </li>
    );
  }
  return (
    <li className="bubble centre" lang={language}>
      <time>{clock(at_s)}</time> {text || key}
      <span className="bubble-key">{key}</span>
    </li>
  );
}

function over({ end }: Simulation): boolean {
  return end !== null;
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function Panel() {
  const shown = useCall((state) => state.shown);
  const steps = useCall((state) => state.steps);
  const off = !shown || over(shown);
  const say = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get("words")).trim();
    if (words) void take(/^[0-9*#]{2,}$/.test(words) ? { press: words } : { say: words });
    event.currentTarget.reset();
  };
  const wanted = new Set(shown?.asks?.keys ?? "");
  return (
    <div className="sim-panel">
      <div className="keypad" role="group" aria-label={T.sim.keys}>
        {KEYS.map((key) => (
          <button key={key} type="button" className={wanted.has(key) ? "wanted" : ""} disabled={off} aria-label={T.sim.press(key)} onClick={() => void take({ press: key })}>
            {key}
          </button>
        ))}
      </div>
      <form className="row small" onSubmit={say}>
        <input name="words" type="text" aria-label={T.sim.sayLabel} placeholder={T.sim.sayLabel} autoComplete="off" disabled={off} />
        <button type="submit" disabled={off}>
          {T.sim.say}
        </button>
      </form>
      <div className="sim-acts">
        <Act label={T.sim.silence} step="silence" off={off} />
        <Act label={T.sim.wait} step={{ wait: 10 }} off={off} />
        {shown?.waiting_for === "recording" && <Act label={T.sim.speak} step={{ speak: 8 }} off={off} />}
        {shown?.waiting_for === "queue" && (
          <>
            <Act label={T.sim.answers} step={{ agent: "answers" }} off={off} />
            <Act label={T.sim.gone} step={{ agent: "gone" }} off={off} />
            <Act label={T.sim.full} step={{ queue: "full" }} off={off} />
            <Act label={T.sim.late} step={{ queue: "late" }} off={off} />
          </>
        )}
        {shown?.waiting_for === "agent" && <Act label={T.sim.leaves} step={{ agent: "leaves" }} off={off} />}
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

function Act({ label, step, off }: { label: string; step: string | Record<string, string | number>; off: boolean }) {
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

function Facts() {
  const shown = useCall((state) => state.shown);
  if (!shown) return null;
  const variables = Object.entries(shown.variables);
  const also = [
    [T.sim.language, shown.language],
    [T.sim.intent, shown.intent],
    [T.sim.queue, shown.queue],
  ].filter(([, value]) => value);
  return (
    <div className="facts">
      <h3>{T.sim.variables}</h3>
      {variables.length + also.length === 0 ? (
        <p className="empty">{T.sim.noVariables}</p>
      ) : (
        <table>
          <tbody>
            {also.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
            {variables.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>
                  <code>{JSON.stringify(value)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown.performed.length > 0 && (
        <>
          <h3>{T.sim.done}</h3>
          <ul className="lines">
            {shown.performed.map((what, place) => (
              <li key={place}><strong>{what.kind}</strong> <code>{JSON.stringify(what.fields)}</code></li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
