// The draft as it stands here, heard on the browser's phone through the centre's own Asterisk.
import { useEffect, useId, useRef, useState } from "react";
import { theDraft, useEditor } from "../editor/store.ts";
import type { FlowBody } from "../flow/body.ts";
import { marksOf } from "../flow/problems.ts";
import { PhonePanel, callMe, phone } from "../phone/index.ts";
import { T } from "../texts.ts";

const NUMBER = /^(\+?[0-9]{3,15})?$/;

export default function CallMe() {
  const flow = useEditor((state) => state.flow);
  const problems = useEditor((state) => state.problems);
  const [caller, setCaller] = useState("");
  const [called, setCalled] = useState<FlowBody | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector("button")?.focus();
    // Whoever closes the drawer hangs up, and gets the microphone back.
    return () => phone.stop();
  }, []);
  const { errors } = marksOf(problems);
  const isWrong = !NUMBER.test(caller);
  const blocked = errors > 0 ? T.publish.blocked(errors) : isWrong ? T.callMe.noNumber : "";
  const call = () => {
    const { body } = theDraft();
    setCalled(body);
    return callMe(flow, body, caller);
  };
  return (
    <div ref={box} className="call-me">
      <PhonePanel phone={phone} call={call} blocked={blocked} />
      <div className="call-side">
        <p className="about">{T.callMe.about}</p>
        {called && <Changed since={called} />}
        <CallerField value={caller} isWrong={isWrong} onChange={setCaller} />
      </div>
    </div>
  );
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
