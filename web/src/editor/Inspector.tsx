import { useId, useLayoutEffect, useRef, useState } from "react";
import type { NodeBody } from "../flow/body.ts";
import { variablesOf } from "../flow/summary.ts";
import { T } from "../texts.ts";
import { NodeForm } from "./NodeForm.tsx";
import { change, selectedNode, useEditor } from "./store.ts";

export default function Inspector() {
  const node = useEditor(selectedNode);
  const count = useEditor((state) => state.history.selected.length);
  const box = useRef<HTMLElement>(null);
  const content = useEditor((state) => (node === null ? undefined : state.history.draft.body.nodes[node]));
  const id = useIdentity(node, content);
  useFocusAsked(box);
  return (
    <section ref={box} className="inspector" aria-label={T.editor.inspector} data-region="inspector" tabIndex={-1}>
      {node !== null && <NodeForm key={id} name={node} />}
      {node === null && count === 0 && <WholeFlow />}
      {node === null && count > 1 && <p className="empty">{T.inspect.several(count)}</p>}
    </section>
  );
}

/** A number for what is edited here: the same for a node that is renamed, so that its form stays and keeps the focus. */
function useIdentity(name: string | null, content: NodeBody | undefined): number {
  const before = useRef({ name, content, id: 0 });
  const isOther = before.current.name !== name && before.current.content !== content;
  before.current = { name, content, id: before.current.id + (isOther ? 1 : 0) };
  return before.current.id;
}

function WholeFlow() {
  const body = useEditor((state) => state.history.draft.body);
  const kinds = useEditor((state) => state.kinds);
  const disabled = useEditor((state) => !state.mayEdit || state.comparison !== null);
  const variables = [...variablesOf(body.nodes, kinds)].sort(([a], [b]) => a.localeCompare(b));
  return (
    <>
      <header className="inspector-head">
        <h2>
          {T.inspect.flow}: {body.name}
        </h2>
      </header>
      <p className="about">{T.inspect.nothing}</p>
      <Plain label={T.inspect.about} value={body.about ?? ""} disabled={disabled} rows={3} onChange={(value) => change({ do: "flow", field: "about", value })} />
      <Plain label={T.inspect.languages} value={(body.languages ?? ["en"]).join(" ")} disabled={disabled} onChange={(text) => change({ do: "flow", field: "languages", value: words(text) })} />
      <Plain label={T.inspect.parameters} value={(body.parameters ?? []).join(" ")} disabled={disabled} onChange={(text) => change({ do: "flow", field: "parameters", value: words(text) })} />
      {variables.length > 0 && <h3>{T.inspect.variables}</h3>}
      <dl className="uses">
        {variables.map(([name, { set, read }]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              {T.inspect.setIn(set.join(", "))}
              {read.length > 0 && `; ${T.inspect.usedIn(read.join(", "))}`}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

interface PlainProps {
  label: string;
  value: string;
  disabled: boolean;
  rows?: number;
  onChange: (value: string) => void;
}

function Plain({ label, value, disabled, rows, onChange }: PlainProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const common = {
    id,
    disabled,
    value: typed ?? value,
    onBlur: () => setTyped(null),
    onChange: (event: { target: { value: string } }) => {
      setTyped(event.target.value);
      onChange(event.target.value);
    },
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows ? <textarea rows={rows} {...common} /> : <input type="text" autoComplete="off" {...common} />}
    </div>
  );
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Put the focus on the field that was asked for, or on the part of the form that is nearest to it. */
function useFocusAsked(box: React.RefObject<HTMLElement | null>): void {
  const asked = useEditor((state) => state.edit);
  // Before the next key comes: whoever types fast types into the field.
  useLayoutEffect(() => {
    if (!asked || !box.current) return;
    const field = asked.field === "#name" ? box.current.querySelector<HTMLElement>("[data-name-field]") : fieldIn(box.current, asked.field);
    for (let place = field?.closest("details"); place; place = place.parentElement?.closest("details")) place.open = true;
    field?.focus();
    field?.scrollIntoView({ block: "center" });
    if (field instanceof HTMLInputElement && asked.field === "#name") field.select();
  }, [asked, box]);
}

const CONTROL = "input, select, textarea";

function fieldIn(box: HTMLElement, field: string): HTMLElement | null {
  const parts = field.split(".");
  for (let count = parts.length; count > 0 && field; count -= 1) {
    const place = box.querySelector(`[data-field="${CSS.escape(parts.slice(0, count).join("."))}"]`);
    const control = place?.querySelector<HTMLElement>(CONTROL);
    if (control) return control;
  }
  return box.querySelector<HTMLElement>(`.form :is(${CONTROL})`) ?? box.querySelector<HTMLElement>(CONTROL);
}
