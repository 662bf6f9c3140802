// The draft as it stands here, heard on the browser's phone through the centre's own Asterisk.
import { useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import { reveal, set, theDraft, useEditor } from "../editor/store.ts";
import type { FlowBody } from "../flow/body.ts";
import { marksOf } from "../flow/problems.ts";
import { traceOf } from "../flow/trace.ts";
import { useLive } from "../live.ts";
import { PhonePanel, callMe, onCall, phone } from "../phone/index.ts";
import { T } from "../texts.ts";

const NUMBER = /^(\+?[0-9]{3,15})?$/;

export default function CallMe() {
  const flow = useEditor((state) => state.flow);
  const problems = useEditor((state) => state.problems);
  const [caller, setCaller] = useState("");
  const [called, setCalled] = useState<FlowBody | null>(null);
  const [trial, setTrial] = useState("");
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector("button")?.focus();
    // Whoever closes the drawer hangs up, and gets the microphone back.
    return () => {
      phone.stop();
      set({ trace: null });
    };
  }, []);
  const { errors } = marksOf(problems);
  const isWrong = !NUMBER.test(caller);
  const blocked = errors > 0 ? T.publish.blocked(errors) : isWrong ? T.callMe.noNumber : "";
  const call = async () => {
    const { body } = theDraft();
    setCalled(body);
    setTrial((await callMe(flow, body, caller)).trial);
  };
  return (
    <div ref={box} className="call-me">
      <PhonePanel phone={phone} call={call} blocked={blocked} />
      <div className="call-side">
        <p className="about">{T.callMe.about}</p>
        {called && <Changed since={called} />}
        {trial && <Way key={trial} trial={trial} flow={flow} />}
        <CallerField value={caller} isWrong={isWrong} onChange={setCaller} />
      </div>
    </div>
  );
}

/** Where the call is, in words and on the canvas; the way it went stays there when it is over. */
function Way({ trial, flow }: { trial: string; flow: string }) {
  const way = useLive((state) => state.trials[trial]);
  const isOn = useSyncExternalStore(phone.subscribe, () => onCall(phone.view.state));
  const path = (way ?? []).map(([of, node, exit]) => ({ flow: of, node, exit }));
  useEffect(() => {
    const trace = traceOf(path, flow);
    set({ trace: way ? trace : null });
    if (trace.current !== null) reveal(trace.current, false);
  }, [way, flow]);
  const last = path.at(-1);
  if (!last) return null;
  const place = last.flow === flow ? last.node : `${last.flow}: ${last.node}`;
  return <p role="status">{isOn ? T.callMe.at(place) : T.callMe.ended(place, path.length)}</p>;
}

function Changed({ since }: { since: FlowBody }) {
  const body = useEditor((state) => state.history.draft.body);
  return body === since ? null : <p className="caution">{T.callMe.changed}</p>;
}

function CallerField({ value, isWrong, onChange }: { value: string; isWrong: boolean; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{T.callMe.caller}</label>
      <input id={id} type="tel" autoComplete="off" placeholder="+12025550143" maxLength={16} value={value} aria-invalid={isWrong} onChange={(event) => onChange(event.target.value.trim())} />
    </div>
  );
}
