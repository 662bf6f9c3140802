// A map: entries with a name each, such as the choices of a menu. A name is taken over when one leaves its box.
import { type ReactNode, useContext, useId, useState } from "react";
import type { Fields, Json } from "../flow/body.ts";
import { isFields } from "../flow/body.ts";
import { type Schema, blank, entrySchema, resolve } from "../flow/kinds.ts";
import { freeName, nameFrom } from "../flow/names.ts";
import { T } from "../texts.ts";
import { Fault, Field, useFault } from "./Field.tsx";
import { single } from "./ListField.tsx";
import { fitsInRow } from "./PhraseList.tsx";
import { ExitExtra, type FieldProps, fieldId, useFocusOfLast, useForm } from "./form.ts";

export function MapField(props: FieldProps) {
  const form = useForm();
  const { schema, path, label } = props;
  const value: Fields = isFields(props.value) ? props.value : {};
  const { text, isError } = useFault(props);
  const { box, focusLast } = useFocusOfLast(".entry");
  const [fresh, setFresh] = useState<number | null>(null);
  const names = Object.keys(value);
  const one = single(label);
  const full = schema.maxProperties !== undefined && names.length >= schema.maxProperties;
  const add = () => {
    const name = nextName(names, schema, one);
    focusLast();
    form.change(path, { ...value, [name]: firstEntry(entrySchema(schema, name) ?? {}, form.root, Object.values(value)) });
    setFresh(names.length);
  };
  return (
    <fieldset ref={box} className="group" data-field={path.join(".")}>
      <legend>{label}</legend>
      {schema.description && <p className="about">{schema.description}</p>}
      <Fault id={`${fieldId(form, path)}-fault`} text={text} isError={isError} />
      {names.map((name, place) => (
        <Entry key={place} name={name} value={value} field={props} one={one} isFresh={place === fresh} />
      ))}
      <button type="button" disabled={form.disabled || full} onClick={add}>
        {T.form.add(one)}
      </button>
    </fieldset>
  );
}

interface EntryProps {
  name: string;
  value: Fields;
  field: FieldProps;
  one: string;
  isFresh: boolean;
}

function Entry({ name, value, field, one, isFresh }: EntryProps) {
  const form = useForm();
  const entry = entrySchema(field.schema, name) ?? {};
  const path = [...field.path, name];
  const extra = useContext(ExitExtra);
  const isSimple = isOneLine(resolve(entry, form.root));
  const content = <Field schema={entry} path={path} value={value[name]} label={entry.title ?? `${one} ${name}`} required />;
  const rest = field.schema.propertyNames?.["x-names"] === "exit" && extra?.(name);
  const head = <EntryHead name={name} value={value} field={field} one={one} inside={isSimple && content} />;
  if (isSimple) {
    return (
      <div className="entry simple" role="group" aria-label={`${one} ${name}`}>
        {head}
        {rest}
      </div>
    );
  }
  return (
    <Folded name={name} value={value[name]} isOpen={isFresh} label={`${one} ${name}`}>
      {head}
      {rest}
      {content}
    </Folded>
  );
}

/** An entry of several fields says who it is in one line, and is opened by a click: the list is seen at once. */
function Folded({ name, value, isOpen, label, children }: { name: string; value: Json | undefined; isOpen: boolean; label: string; children: ReactNode }) {
  const [open, setOpen] = useState(isOpen);
  const keys = isFields(value) && Array.isArray(value.keys) ? value.keys.map(String) : [];
  return (
    <details className="entry" role="group" aria-label={label} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {keys.map((key) => (
          <span key={key} className="port-hint">
            {key}
          </span>
        ))}
        {name}
      </summary>
      {children}
    </details>
  );
}

function EntryHead({ name, value, field, one, inside }: Omit<EntryProps, "isFresh"> & { inside: ReactNode }) {
  const form = useForm();
  const rename = (to: string) => {
    const entries = Object.entries(value).map(([key, inner]) => [key === name ? to : key, inner]);
    form.change(field.path, Object.fromEntries(entries) as Fields);
  };
  return (
    <div className="entry-head">
      <NameBox name={name} taken={Object.keys(value)} schema={field.schema} label={`${one}: ${T.form.name.toLowerCase()}`} onRename={rename} />
      {inside}
      <button
        type="button"
        className="quiet"
        disabled={form.disabled}
        aria-label={T.form.remove(`${one.toLowerCase()} ${name}`)}
        onClick={() => form.change([...field.path, name], undefined)}
      >
        ×
      </button>
    </div>
  );
}

function isOneLine(entry: Schema): boolean {
  return entry.type === "array" ? fitsInRow(entry.items) : entry.type !== "object" && !entry.anyOf && !entry.oneOf;
}

interface NameProps {
  name: string;
  taken: string[];
  schema: Schema;
  label: string;
  onRename: (to: string) => void;
}

function NameBox({ name, taken, schema, label, onRename }: NameProps) {
  const form = useForm();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const choices = schema.propertyNames?.enum?.map(String) ?? form.names[schema.propertyNames?.["x-names"] ?? ""] ?? [];
  const shown = typed ?? name;
  const meant = meantBy(shown, schema);
  const fault = meant === name ? "" : taken.includes(meant) ? T.form.taken : nameFault(meant, schema);
  const take = () => {
    if (meant !== name && !fault) onRename(meant);
    setTyped(null);
  };
  return (
    <div className="name-box">
      <input
        type="text"
        aria-label={label}
        aria-invalid={fault !== ""}
        aria-describedby={fault ? `${id}-fault` : undefined}
        autoComplete="off"
        spellCheck={false}
        disabled={form.disabled}
        list={choices.length > 0 ? id : undefined}
        value={shown}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === "Enter" && take()}
      />
      {choices.length > 0 && (
        <datalist id={id}>
          {choices.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      <Fault id={`${id}-fault`} text={fault} isError />
    </div>
  );
}

/** Names are of small letters, digits and hyphens: whoever types "Opening hours" means `opening-hours`. */
function meantBy(typed: string, schema: Schema): string {
  return nameFault(typed, schema) === "" ? typed : nameFrom(typed);
}

function nameFault(name: string, schema: Schema): string {
  const patterns = Object.keys(schema.patternProperties ?? {});
  const listed = schema.propertyNames?.enum;
  if (listed) return listed.includes(name) ? "" : T.form.form;
  return patterns.length === 0 || patterns.some((pattern) => new RegExp(pattern).test(name)) ? "" : T.form.form;
}

/** A name for a new entry: the next of those there are, else one that is free. */
function nextName(names: string[], schema: Schema, one: string): string {
  const listed = schema.propertyNames?.enum?.map(String);
  const free = listed?.find((name) => !names.includes(name));
  if (free !== undefined) return free;
  const wanted = [freeName(`${one.toLowerCase()}-${names.length + 1}`, new Set(names)), `${one.toLowerCase()}_${names.length + 1}`];
  const known = [..."1234567890*#", "en", "es", "fr", new Date().toISOString().slice(0, 10)];
  const fits = (name: string) => !names.includes(name) && nameFault(name, schema) === "" && isDateIfAsked(name, schema);
  return [...wanted, ...known].find(fits) ?? freeName("new", new Set(names));
}

function isDateIfAsked(name: string, schema: Schema): boolean {
  return schema.propertyNames?.format !== "date" || /^\d{4}-\d\d-\d\d$/.test(name);
}

/** A new choice gets the first key that no other has; anything else its first value. */
function firstEntry(schema: Schema, root: Schema, others: Json[]): Json {
  const made = blank(schema, root);
  if (!isFields(made) || !Array.isArray(made.keys)) return made;
  const used = new Set(others.flatMap((other) => (isFields(other) && Array.isArray(other.keys) ? other.keys : [])));
  return { ...made, keys: [[..."1234567890*#"].find((key) => !used.has(key)) ?? ""] };
}
