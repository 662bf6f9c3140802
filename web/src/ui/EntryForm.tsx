// A form for anything the desk takes, made of its schema. What is wrong stands beside its field; nothing typed is lost.
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/client.ts";
import type { Fields, Json } from "../flow/body.ts";
import type { Schema } from "../flow/kinds.ts";
import type { Problem } from "../flow/problems.ts";
import { SchemaForm } from "../form/SchemaForm.tsx";
import { wordOf } from "../form/form.ts";
import { P } from "../pages/words.ts";
import { tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Foot } from "./ListTable.tsx";
import { faultsOf } from "./faults.ts";
import { schemaOf } from "./schemas.ts";
import { othersOf, withAt } from "./values.ts";

export type Names = Record<string, string[]>;

interface Props {
  schema: string;
  begin: Fields;
  names?: Names;
  prompts?: Map<string, string>;
  without?: string[];
  disabled?: boolean;
  go?: string;
  /** The field that a fault of centre.toml belongs to. */
  fieldFor: (table: string, key: string, values: Fields) => string;
  /** Fields that are edited besides the form. */
  more?: (values: Fields, change: (path: string[], value: Json | undefined) => void) => ReactNode;
  onSave: (values: Fields) => Promise<void>;
  /** Somebody else was first: what it says now, to be seen before it is saved again. */
  onStale?: () => Promise<Fields | null>;
  onClose?: () => void;
}

const STALE = 412;

export function EntryForm(props: Props) {
  const { without = [], disabled = false } = props;
  const [schema, setSchema] = useState<Schema | null>(null);
  useEffect(() => {
    schemaOf(props.schema).then(setSchema, tellError);
  }, [props.schema]);
  const { values, problems, said, busy, change, submit } = useEntry(props);
  if (!schema) return <p className="empty">{T.loading}</p>;
  return (
    <form className="stack typed" onSubmit={(event) => void submit(event)} noValidate>
      {said.length > 0 && (
        <div className="fault" role="alert">
          {said.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </div>
      )}
      <SchemaForm
        schema={schema}
        value={values}
        problems={problems}
        names={props.names ?? {}}
        prompts={props.prompts ?? new Map()}
        disabled={disabled}
        without={without}
        isFlat
        onChange={change}
      />
      {props.more?.(values, change)}
      {!disabled && <Foot go={props.go ?? P.save} disabled={busy} onClose={props.onClose} />}
    </form>
  );
}

/** What was filled in so far, and what the desk says of it. */
function useEntry({ begin, fieldFor, onSave, onStale }: Props) {
  const [values, setValues] = useState(begin);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [said, setSaid] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const change = (path: (string | number)[], value: Json | undefined) => {
    setValues((was) => withAt(was, path, value));
    setProblems((was) => was.filter(({ field }) => field !== path.join(".")));
  };
  const told = async (error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === STALE && onStale) return setSaid(await conflict(onStale, begin));
    const faults = faultsOf(error, (table, key) => fieldFor(table, key, values));
    setProblems(faults.problems);
    setSaid(faults.rest);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setSaid([]);
    await onSave(values)
      .catch(told)
      .catch(tellError)
      .finally(() => setBusy(false));
  };
  return { values, problems, said, busy, change, submit };
}

async function conflict(onStale: () => Promise<Fields | null>, begin: Fields): Promise<string[]> {
  const now = await onStale();
  const others = now ? othersOf(begin, now) : [];
  return [P.conflict, ...others.map(({ name, theirs }) => P.conflictField(wordOf(name), theirs === undefined ? P.none : plain(theirs)))];
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
