// A form for any node, from its schema alone: a kind added on the server needs no line here.
import { useId, useState } from "react";
import type { Fields, Json, Path } from "../flow/body.ts";
import { type Schema, resolve, sameJson } from "../flow/kinds.ts";
import type { Problem } from "../flow/problems.ts";
import { T } from "../texts.ts";
import { Field } from "./Field.tsx";
import { FormContext, wordOf } from "./form.ts";

interface Props {
  schema: Schema;
  value: Fields;
  problems: Problem[];
  names: Record<string, string[]>;
  prompts: Map<string, string>;
  disabled: boolean;
  /** Fields that are edited elsewhere. */
  without: string[];
  /** All fields at once, also those that may be left out. */
  isFlat?: boolean;
  onChange: (path: Path, value: Json | undefined) => void;
  onPrompt?: (prompt: string) => void;
}

export function SchemaForm({ schema, value, problems, names, prompts, disabled, without, isFlat = false, onChange, onPrompt }: Props) {
  const id = useId();
  const root = schema;
  const all = Object.entries(resolve(schema, root).properties ?? {}).filter(([name]) => !without.includes(name));
  const required = new Set(schema.required ?? []);
  const isFirst = ([name, property]: [string, Schema]) => isFlat || required.has(name) || isAlwaysShown(property, schema);
  const more = all.filter((entry) => !isFirst(entry));
  const isSet = ([name, property]: [string, Schema]) => value[name] !== undefined && !sameJson(value[name], property.default);
  const field = ([name, property]: [string, Schema]) => (
    <Field
      key={name}
      schema={property}
      path={[name]}
      value={value[name]}
      label={property.title ?? wordOf(name)}
      required={required.has(name)}
    />
  );
  const form = { root, id, disabled, problems, names, prompts, change: onChange, onPrompt };
  return (
    <FormContext value={form}>
      <div className="form">
        {all.filter(isFirst).map(field)}
        {more.length > 0 && <More count={more.filter(isSet).length}>{more.map(field)}</More>}
      </div>
    </FormContext>
  );
}

/** A kind without required fields would otherwise begin with nothing to fill in. */
function isAlwaysShown(property: Schema, schema: Schema): boolean {
  return (schema.required ?? []).length === 0 && property.type === "object";
}

function More({ count, children }: { count: number; children: React.ReactNode }) {
  const [open, setOpen] = useState(count > 0);
  return (
    <details className="more" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{T.inspect.more(count)}</summary>
      {children}
    </details>
  );
}
