// Widgets for text and numbers. What is typed is kept as typed until it is a value.
import { useEffect, useState } from "react";
import { T } from "../texts.ts";
import type { Aria } from "./Field.tsx";
import { type FieldProps, useForm } from "./form.ts";

type Props = FieldProps & { aria: Aria };

// Texts that may be longer get more than a line.
const LONG = 250;

export function TextInput({ schema, path, value, label, aria }: Props) {
  const form = useForm();
  const sort = schema["x-names"];
  const shown = typeof value === "string" ? value : typeof schema.default === "string" ? schema.default : "";
  const change = (typed: string) => form.change(path, typed === "" && mayGo(schema) ? undefined : typed);
  const known = form.names[sort ?? ""] ?? [];
  const common = { ...aria, disabled: form.disabled, value: shown, spellCheck: sort === undefined };
  if (sort === undefined && (schema.maxLength ?? 0) > LONG && !schema.pattern) {
    return <textarea {...common} rows={2} maxLength={schema.maxLength} onChange={(event) => change(event.target.value)} />;
  }
  const listed = known.length > 0 ? `${aria.id}-known` : undefined;
  return (
    <>
      <input
        {...common}
        type="text"
        autoComplete="off"
        className={sort === "expression" ? "code" : ""}
        list={listed}
        onChange={(event) => change(event.target.value)}
      />
      {listed && (
        <datalist id={listed}>
          {known.map((name) => (
            <option key={name} value={name} label={sort === "prompt" ? form.prompts.get(name) : undefined} />
          ))}
        </datalist>
      )}
      {sort === "prompt" && shown && <PromptText prompt={shown} label={label} />}
    </>
  );
}

/** An empty field that has a default, or may be none, is left out; a required one stays empty and says so. */
function mayGo(schema: { default?: unknown; minLength?: number }): boolean {
  return schema.default !== undefined && schema.default !== "";
}

const PROMPT = /^([a-z]{2}\/)?[a-z0-9][a-z0-9-]{0,63}$/;

/** What a prompt says, and the way to change it. */
function PromptText({ prompt, label }: { prompt: string; label: string }) {
  const { prompts, disabled, onPrompt } = useForm();
  if (prompts.size === 0) return null;
  const isOther = prompt.includes("/");
  const text = prompts.get(prompt);
  const isNew = !isOther && text === undefined;
  return (
    <p className={isNew ? "caution" : "prompt-text"} aria-label={`${label}: ${T.form.prompt}`}>
      {!isOther && (isNew ? T.form.unknownPrompt : `“${text}”`)}{" "}
      {onPrompt && !disabled && PROMPT.test(prompt) && (
        <button type="button" className="link" onClick={() => onPrompt(prompt)}>
          {isNew ? T.form.writePrompt : T.form.changePrompt}
        </button>
      )}
    </p>
  );
}

export function NumberInput({ schema, path, value, aria }: Props) {
  const form = useForm();
  const known = typeof value === "number" ? value : typeof schema.default === "number" ? schema.default : null;
  const [typed, setTyped] = useState(known === null ? "" : String(known));
  useEffect(() => {
    setTyped((was) => (Number(was) === known && was !== "" ? was : known === null ? "" : String(known)));
  }, [known]);
  return (
    <input
      {...aria}
      type="number"
      inputMode={schema.type === "integer" ? "numeric" : "decimal"}
      step={schema.type === "integer" ? 1 : "any"}
      min={schema.minimum}
      max={schema.maximum}
      disabled={form.disabled}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        const number = event.target.valueAsNumber;
        if (!Number.isNaN(number)) form.change(path, number);
        else if (event.target.value === "" && schema.default !== undefined) form.change(path, undefined);
      }}
    />
  );
}
