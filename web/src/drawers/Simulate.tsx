import { type KeyboardEvent, useEffect, useRef } from "react";
import { set, useEditor } from "../editor/store.ts";
import { type Bubble, conversation, stepInWords } from "../flow/talk.ts";
import { T } from "../texts.ts";
import { Given } from "./Given.tsx";
import { Facts } from "./SimulateFacts.tsx";
import { KEYS, Panel } from "./SimulatePanel.tsx";
import { begin, over, showTrace, take, useCall, withGiven } from "./simulation.ts";

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

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
