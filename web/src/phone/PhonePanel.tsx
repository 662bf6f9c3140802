// A small telephone: start, call, keypad, mute, hang up, two meters, and what keeps it from being heard.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { troubles } from "./health.ts";
import type { Phone } from "./phone.ts";
import { canDial, onCall } from "./states.ts";
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
  const dial = () => {
    setFault("");
    call().catch((error: unknown) => setFault(error instanceof Error ? error.message : String(error)));
  };
  const idle = ["off", "no-microphone", "elsewhere", "failed"].includes(view.state);
  const wrong = idle ? [] : troubles(view.health).filter((trouble) => trouble !== "microphone" || view.state !== "asking");
  return (
    <section className="phone" data-phone={view.state} aria-label={P.title}>
      <p role="status">
        {P.states[view.state]}
        {view.reason && ` (${view.reason})`}
      </p>
      {wrong.map((trouble) => (
        <p key={trouble} role="alert" className="phone-trouble">
          {P.troubles[trouble]}
        </p>
      ))}
      {fault && (
        <p role="alert" className="phone-trouble">
          {fault}
        </p>
      )}
      <div className="phone-acts">
        {idle && (
          <button type="button" onClick={() => void phone.start()}>
            {P.start}
          </button>
        )}
        {canDial(view.state) && (
          <button type="button" disabled={blocked !== ""} title={blocked} onClick={dial}>
            {P.call}
          </button>
        )}
        {onCall(view.state) && (
          <>
            <button type="button" aria-pressed={view.muted} onClick={() => phone.mute(!view.muted)}>
              {P.mute}
            </button>
            <button type="button" onClick={() => phone.hangUp()}>
              {P.hangUp}
            </button>
          </>
        )}
      </div>
      {onCall(view.state) && (
        <>
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
      )}
    </section>
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
