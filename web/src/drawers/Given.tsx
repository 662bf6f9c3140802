// What the world is like when the simulated call comes in: the usual things as fields, everything as JSON.
import { type FormEvent, useId, useState } from "react";
import { useEditor } from "../editor/store.ts";
import type { Fields, Json } from "../flow/body.ts";
import { T } from "../texts.ts";
import { useCall, withGiven } from "./simulation.ts";

const HOURS = ["open", "closed", "holiday"];
const PAYMENT = ["paid", "declined", "unavailable", "unknown"];
const TRANSFER = ["answered", "busy", "no-answer", "failed"];

export function Given() {
  const given = useCall((state) => state.given);
  const languages = useEditor((state) => state.history.draft.body.languages) ?? ["en"];
  const put = (name: string, value: Json | undefined) => {
    const { [name]: _, ...rest } = given;
    void withGiven(value === undefined || value === "" ? rest : { ...rest, [name]: value });
  };
  return (
    <details className="given">
      <summary>{T.sim.given}</summary>
      <p className="about">{T.sim.givenHelp}</p>
      <Text label={T.sim.clock} name="clock" placeholder="2026-03-02 14:30" put={put} />
      <Text label={T.sim.caller} name="caller" placeholder="+12025550143" put={put} />
      <Pick label={T.sim.language} name="language" options={languages} put={put} />
      <Pick label={T.sim.hours} name="hours" options={HOURS} put={put} />
      <Speech put={put} />
      <Pick label={T.sim.payment} name="payment" options={PAYMENT} put={put} />
      <Pick label={T.sim.transfer} name="transfer" options={TRANSFER} put={put} />
      <JsonText label={T.sim.facts} name="facts" example='{"name": "Ann", "vip": true}' put={put} />
      <JsonText label={T.sim.variables} name="variables" example='{"balance": 1200}' put={put} />
      <JsonText label={T.sim.http} name="http" example='[{"url": "*", "status": 200, "body": {}}]' put={put} />
    </details>
  );
}

type Put = (name: string, value: Json | undefined) => void;

function Text({ label, name, placeholder, put }: { label: string; name: string; placeholder: string; put: Put }) {
  const value = useCall((state) => state.given[name]);
  const id = useId();
  const take = (typed: string) => typed !== (value ?? "") && put(name, typed);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        key={String(value ?? "")}
        type="text"
        autoComplete="off"
        placeholder={placeholder}
        defaultValue={typeof value === "string" ? value : ""}
        onBlur={(event) => take(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      />
    </div>
  );
}

function Pick({ label, name, options, put }: { label: string; name: string; options: string[]; put: Put }) {
  const value = useCall((state) => state.given[name]);
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={typeof value === "string" ? value : ""} onChange={(event) => put(name, event.target.value)}>
        <option value="">{name === "hours" ? T.sim.asClock : "–"}</option>
        {options.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </div>
  );
}

function Speech({ put }: { put: Put }) {
  const value = useCall((state) => state.given.speech);
  const id = useId();
  const shown = value === undefined ? "" : String(value);
  return (
    <div className="field">
      <label htmlFor={id}>{T.sim.speech}</label>
      <select id={id} value={shown} onChange={(event) => put("speech", event.target.value === "" ? undefined : event.target.value === "true")}>
        <option value="">–</option>
        <option value="true">{T.sim.yes}</option>
        <option value="false">{T.sim.no}</option>
      </select>
    </div>
  );
}

function JsonText({ label, name, example, put }: { label: string; name: string; example: string; put: Put }) {
  const value = useCall((state) => state.given[name]);
  const id = useId();
  const [fault, setFault] = useState(false);
  const take = (event: FormEvent<HTMLTextAreaElement>) => {
    const text = event.currentTarget.value.trim();
    try {
      const read = text ? (JSON.parse(text) as Fields) : undefined;
      setFault(false);
      if (JSON.stringify(read) !== JSON.stringify(value)) put(name, read);
    } catch {
      setFault(true);
    }
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        key={JSON.stringify(value ?? "")}
        rows={2}
        className="code"
        placeholder={example}
        aria-invalid={fault}
        defaultValue={value === undefined ? "" : JSON.stringify(value)}
        onBlur={take}
      />
      {fault && <p className="fault">{T.form.notJson}</p>}
    </div>
  );
}
