// A list: items one under the other, with add, remove and move up.
import type { Json, Path } from "../flow/body.ts";
import { blank } from "../flow/kinds.ts";
import { T } from "../texts.ts";
import { Fault, Field, useFault } from "./Field.tsx";
import { type FieldProps, fieldId, useFocusOfLast, useForm } from "./form.ts";

export function ListField(props: FieldProps) {
  const form = useForm();
  const { schema, path, label } = props;
  const items: Json[] = Array.isArray(props.value) ? props.value : Array.isArray(schema.default) ? schema.default : [];
  const { text, isError } = useFault(props);
  const { box, focusLast } = useFocusOfLast(".item");
  const one = single(label);
  const item = schema.items ?? {};
  const full = schema.maxItems !== undefined && items.length >= schema.maxItems;
  const add = () => {
    focusLast();
    form.change(path, [...items, blank(item, form.root)]);
  };
  return (
    <fieldset ref={box} className="group" data-field={path.join(".")}>
      <legend>{label}</legend>
      {schema.description && <p className="about">{schema.description}</p>}
      <Fault id={`${fieldId(form, path)}-fault`} text={text} isError={isError} />
      {items.map((value, place) => (
        <div key={place} className="item">
          <Field schema={item} path={[...path, place]} value={value} label={`${one} ${place + 1}`} required />
          <Tools path={path} items={items} place={place} called={`${one} ${place + 1}`} />
        </div>
      ))}
      <button type="button" disabled={form.disabled || full} onClick={add}>
        {T.form.add(one)}
      </button>
    </fieldset>
  );
}

function Tools({ path, items, place, called }: { path: Path; items: Json[]; place: number; called: string }) {
  const form = useForm();
  const swap = () => {
    const moved = [...items];
    moved.splice(place - 1, 2, items[place] ?? null, items[place - 1] ?? null);
    form.change(path, moved);
  };
  const remove = () => form.change(path, items.filter((_, number) => number !== place));
  return (
    <div className="item-tools">
      {place > 0 && (
        <button type="button" className="quiet" disabled={form.disabled} aria-label={T.form.up(called)} onClick={swap}>
          ↑
        </button>
      )}
      <button type="button" className="quiet" disabled={form.disabled} aria-label={T.form.remove(called)} onClick={remove}>
        ×
      </button>
    </div>
  );
}

export function single(label: string): string {
  return label.replace(/ies$/, "y").replace(/s$/, "");
}
