// A small telephone: call, keypad, mute, hang up, two meters, and what keeps it from being heard.
import { type KeyboardEvent, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { troubles } from "./health.ts";
import type { Phone, PhoneView } from "./phone.ts";
import { canDial, isIdle, onCall } from "./states.ts";
import { P } from "./words.ts";

const KEYS = [..."123456789*0#"];
const FULL = 0.35; // of full scale: what speech comes to

export interface PhonePanelProps {
  phone: Phone;
  /** Dials; whatever it throws is shown. */
  call: () => Promise<unknown>;
  /** Why it is not to be called now; "" if it may. */
  blocked?: string;
}

export function PhonePanel({ phone, call, blocked = "" }: PhonePanelProps) {
  const view = useSyncExternalStore(phone.subscribe, () => phone.view);
  const [fault, setFault] = useState("");
  const box = useRef<HTMLElement>(null);
  // The button that had the focus goes as the state changes; keys are still this phone's.
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.focus();
  }, [view.state]);
  const dial = () => {
    setFault("");
    dialled(phone, call).catch((error: unknown) => setFault(error instanceof Error ? error.message : String(error)));
  };
  return (
    <section ref={box} className="phone" data-phone={view.state} aria-label={P.title} tabIndex={-1} onKeyDown={(event) => typed(event, phone)}>
      <State view={view} />
      <Faults view={view} fault={fault} />
      {isIdle(view.state) || canDial(view.state) ? (
        <div className="phone-acts">
          <button type="button" className="primary" disabled={blocked !== ""} onClick={dial}>
            {P.call}
          </button>
          {blocked && <span className="caution">{blocked}</span>}
        </div>
      ) : null}
      {onCall(view.state) && <OnCall phone={phone} view={view} />}
    </section>
  );
}

/** Has the phone ready, which asks for the microphone the first time, and dials. */
async function dialled(phone: Phone, call: () => Promise<unknown>): Promise<void> {
  if (await phone.ready()) await call();
}

/** Digits of the keyboard are keys of the telephone. */
function typed(event: KeyboardEvent<HTMLElement>, phone: Phone): void {
  if (event.ctrlKey || event.altKey || event.metaKey || !KEYS.includes(event.key)) return;
  if (phone.view.state === "talking") phone.press(event.key);
}

function State({ view }: { view: PhoneView }) {
  const help = P.help[view.state];
  return (
    <div role="status" className="phone-state">
      <p>
        <span className="phone-lamp" aria-hidden="true" /> {P.states[view.state]}
        {view.state === "talking" && view.since !== null && <Clock since={view.since} />}
      </p>
      {view.reason && <p className="about">{view.reason}</p>}
      {help && <p className="about">{help}</p>}
    </div>
  );
}

const SECOND_MS = 1_000;

function Clock({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.floor((now - since) / SECOND_MS));
  return (
    <time aria-hidden="true">
      {" "}
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
    </time>
  );
}

function Faults({ view, fault }: { view: PhoneView; fault: string }) {
  const wrong = isIdle(view.state) ? [] : troubles(view.health).filter((trouble) => trouble !== "microphone" || view.state !== "asking");
  const texts = [...wrong.map((trouble) => P.troubles[trouble]), ...(fault ? [fault] : [])];
  return texts.map((text) => (
    <p key={text} role="alert" className="phone-trouble">
      {text}
    </p>
  ));
}

function OnCall({ phone, view }: { phone: Phone; view: PhoneView }) {
  return (
    <>
      <div className="phone-acts">
        <button type="button" className="danger" onClick={() => phone.hangUp()}>
          {P.hangUp}
        </button>
        <button type="button" aria-pressed={view.muted} onClick={() => phone.mute(!view.muted)}>
          {P.mute}
        </button>
      </div>
      <div className="keypad" role="group" aria-label={P.keys}>
        {KEYS.map((key) => (
          <button key={key} type="button" disabled={view.state !== "talking"} aria-label={P.key(key)} onClick={() => phone.press(key)}>
            {key}
          </button>
        ))}
      </div>
      <output aria-label={P.pressed}>{view.keys}</output>
      <Meters phone={phone} />
    </>
  );
}

function Meters({ phone }: { phone: Phone }) {
  const mine = useRef<HTMLMeterElement>(null);
  const theirs = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      const levels = phone.levels();
      if (mine.current) mine.current.value = Math.min(1, levels.mine / FULL);
      if (theirs.current) theirs.current.value = Math.min(1, levels.theirs / FULL);
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [phone]);
  return (
    <div className="phone-meters">
      <label>
        {P.mine} <meter ref={mine} min={0} max={1} />
      </label>
      <label>
        {P.theirs} <meter ref={theirs} min={0} max={1} />
      </label>
    </div>
  );
}
