// One field: which widget it gets is read off its schema.
import type { ReactNode } from "react";
import type { Json } from "../flow/body.ts";
import { isFields } from "../flow/body.ts";
import { type Schema, blank, resolve, shapeFor } from "../flow/kinds.ts";
import { atField } from "../flow/problems.ts";
import { T } from "../texts.ts";
import { JsonBox } from "./JsonBox.tsx";
import { ListField } from "./ListField.tsx";
import { MapField } from "./MapField.tsx";
import { PhraseList } from "./PhraseList.tsx";
import { NumberInput, TextInput } from "./inputs.tsx";
import { faultOf } from "./checks.ts";
import { type FieldProps, fieldId, useForm, wordOf } from "./form.ts";

export function Field(props: FieldProps) {
  const form = useForm();
  const plain = resolve(props.schema, form.root);
  const either = plain.anyOf ?? plain.oneOf;
  if (either?.some((one) => one.type === "null")) return <MayBeNone {...props} schema={plain} either={either} />;
  if (either) return <OneOf {...props} either={either.map((one) => resolve(one, form.root))} />;
  return <Plain {...props} schema={plain} />;
}

function Plain(props: FieldProps) {
  const { schema } = props;
  if (schema.enum) return <EnumField {...props} />;
  switch (schema.type) {
    case "boolean":
      return <BooleanField {...props} />;
    case "integer":
    case "number":
      return <Row {...props}>{(aria) => <NumberInput {...props} aria={aria} />}</Row>;
    case "string":
      return <Row {...props}>{(aria) => <TextInput {...props} aria={aria} />}</Row>;
    case "array":
      return isPhrases(schema) ? <PhraseList {...props} /> : <ListField {...props} />;
    case "object":
      return schema.properties ? <ObjectField {...props} /> : <MapField {...props} />;
    default:
      return <Row {...props}>{(aria) => <JsonBox {...props} aria={aria} />}</Row>;
  }
}

/** Plain texts, or names of few letters: one a line, or in a row. */
function isPhrases(schema: Schema): boolean {
  return schema.items?.type === "string" && schema.items["x-names"] !== "prompt";
}

export interface Aria {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

/** Label, widget, help, and what is wrong with it. */
export function Row(props: FieldProps & { children: (aria: Aria) => ReactNode }) {
  const form = useForm();
  const id = fieldId(form, props.path);
  const { text, isError } = useFault(props);
  const about = props.schema.description;
  return (
    <div className="field" data-field={props.path.join(".")}>
      <label htmlFor={id}>{props.label}</label>
      {props.children({
        id,
        "aria-describedby": [text && `${id}-fault`, about && `${id}-about`].filter(Boolean).join(" ") || undefined,
        "aria-invalid": isError,
      })}
      <Fault id={`${id}-fault`} text={text} isError={isError} />
      {about && (
        <p id={`${id}-about`} className="about">
          {about}
        </p>
      )}
    </div>
  );
}

export function Fault({ id, text, isError }: { id: string; text: string; isError: boolean }) {
  if (!text) return null;
  return (
    <p id={id} className={isError ? "fault" : "caution"}>
      {text}
    </p>
  );
}

export function useFault({ value, schema, path, required }: FieldProps): { text: string; isError: boolean } {
  const form = useForm();
  const own = faultOf(value, schema, form.root, required);
  if (own) return { text: own, isError: true };
  const told = atField(form.problems, path);
  return { text: told.map(({ text }) => text).join("; "), isError: told.some(({ severity }) => severity === "error") };
}

function EnumField(props: FieldProps) {
  const form = useForm();
  const shown = props.value ?? props.schema.default ?? null;
  const options = props.schema.enum ?? [];
  const at = options.findIndex((one) => one === shown);
  return (
    <Row {...props}>
      {(aria) => (
        <select
          {...aria}
          disabled={form.disabled}
          value={at}
          onChange={(event) => form.change(props.path, options[Number(event.target.value)] ?? null)}
        >
          {at < 0 && <option value={-1}>{String(shown ?? "")}</option>}
          {options.map((option, place) => (
            <option key={String(option)} value={place}>
              {String(option) || T.form.unset}
            </option>
          ))}
        </select>
      )}
    </Row>
  );
}

function BooleanField(props: FieldProps) {
  const form = useForm();
  const id = fieldId(form, props.path);
  const { text, isError } = useFault(props);
  return (
    <div className="field" data-field={props.path.join(".")}>
      <label className="check">
        <input
          id={id}
          type="checkbox"
          disabled={form.disabled}
          checked={(props.value ?? props.schema.default) === true}
          aria-describedby={props.schema.description ? `${id}-about` : undefined}
          onChange={(event) => form.change(props.path, event.target.checked)}
        />
        {props.label}
      </label>
      <Fault id={`${id}-fault`} text={text} isError={isError} />
      {props.schema.description && (
        <p id={`${id}-about`} className="about">
          {props.schema.description}
        </p>
      )}
    </div>
  );
}

/** A field that may be none. A simple one is none when it is empty; others are set by a button. */
function MayBeNone(props: FieldProps & { either: Schema[] }) {
  const form = useForm();
  const own = resolve(props.either.find((one) => one.type !== "null") ?? {}, form.root);
  const { title, description } = props.schema;
  const schema: Schema = { ...own, ...(title ? { title } : {}), ...(description ? { description } : {}), default: null };
  const value = props.value ?? undefined;
  if (own.enum) return <Plain {...props} schema={{ ...schema, enum: [null, ...own.enum] }} value={props.value ?? null} />;
  if (own.type !== "object" && own.type !== "array") return <Plain {...props} schema={schema} value={value} required={false} />;
  if (value === undefined) {
    return (
      <div className="field">
        <span className="label">{props.label}</span>
        <button type="button" disabled={form.disabled} onClick={() => form.change(props.path, blank(own, form.root))}>
          {T.form.set} {props.label.toLowerCase()}
        </button>
        {description && <p className="about">{description}</p>}
      </div>
    );
  }
  return (
    <div className="may-be-none">
      <Plain {...props} schema={schema} value={value} />
      <button type="button" className="quiet" disabled={form.disabled} onClick={() => form.change(props.path, undefined)}>
        {T.form.remove(props.label.toLowerCase())}
      </button>
    </div>
  );
}

/** A field of one of several shapes, such as a prompt or a value that is said. */
function OneOf(props: FieldProps & { either: Schema[] }) {
  const form = useForm();
  const shape = props.value === undefined ? props.either[0] : shapeFor(props.value, props.schema, form.root);
  const at = Math.max(0, props.either.findIndex((one) => one.type === shape?.type));
  const chosen = props.either[at] ?? {};
  return (
    <div className="one-of">
      <select
        aria-label={`${props.label}: ${T.form.sort}`}
        disabled={form.disabled}
        value={at}
        onChange={(event) => form.change(props.path, blank(props.either[Number(event.target.value)] ?? {}, form.root))}
      >
        {props.either.map((one, place) => (
          <option key={shapeName(one)} value={place}>
            {shapeName(one)}
          </option>
        ))}
      </select>
      <Plain {...props} schema={chosen} />
    </div>
  );
}

function shapeName(schema: Schema): string {
  if (schema["x-names"] === "prompt") return T.form.prompt;
  return schema.title === "Saying" ? T.form.saying : (schema.title ?? wordOf(schema["x-names"] ?? schema.type ?? ""));
}

function ObjectField(props: FieldProps) {
  const value: Json = isFields(props.value) ? props.value : {};
  const { text, isError } = useFault(props);
  const form = useForm();
  return (
    <fieldset className="group" data-field={props.path.join(".")}>
      <legend>{props.label}</legend>
      <Fault id={`${fieldId(form, props.path)}-fault`} text={text} isError={isError} />
      {Object.entries(props.schema.properties ?? {}).map(([name, property]) => (
        <Field
          key={name}
          schema={property}
          path={[...props.path, name]}
          value={value[name]}
          label={property.title ?? wordOf(name)}
          required={(props.schema.required ?? []).includes(name)}
        />
      ))}
    </fieldset>
  );
}
