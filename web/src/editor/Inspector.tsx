import { useId, useLayoutEffect, useRef, useState } from "react";
import type { Fields, NodeBody } from "../flow/body.ts";
import { NAME } from "../flow/body.ts";
import { exitsOf } from "../flow/exits.ts";
import { nameFrom } from "../flow/names.ts";
import { variablesOf } from "../flow/summary.ts";
import { SchemaForm } from "../form/SchemaForm.tsx";
import { ExitExtra } from "../form/form.ts";
import { T } from "../texts.ts";
import { ExitsTable } from "./ExitsTable.tsx";
import { AddAt, TargetSelect } from "./TargetSelect.tsx";
import { removeSelected } from "./actions.ts";
import { KindIcon } from "./icons.tsx";
import { change, selectedNode, useEditor } from "./store.ts";

const ELSEWHERE = ["kind", "v", "exits"];
const NONE: never[] = [];

export default function Inspector() {
  const node = useEditor(selectedNode);
  const count = useEditor((state) => state.history.selected.length);
  const box = useRef<HTMLElement>(null);
  const content = useEditor((state) => (node === null ? undefined : state.history.draft.body.nodes[node]));
  const id = useIdentity(node, content);
  useFocusAsked(box);
  return (
    <section ref={box} className="inspector" aria-label={T.editor.inspector} data-region="inspector" tabIndex={-1}>
      {node !== null && <OneNode key={id} name={node} />}
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

function OneNode({ name }: { name: string }) {
  const node = useEditor((state) => state.history.draft.body.nodes[name]);
  const kind = useEditor((state) => (node ? state.kinds[node.kind] : undefined));
  const known = useEditor((state) => state.known);
  const nodes = useEditor((state) => state.history.draft.body.nodes);
  const problems = useEditor((state) => state.problemsOf.get(name) ?? NONE);
  const isStart = useEditor((state) => state.history.draft.body.start === name);
  const disabled = useEditor((state) => !state.mayEdit || state.comparison !== null);
  if (!node) return null;
  const names = { ...known.names, node: Object.keys(nodes), variable: [...variablesOf(nodes, {}).keys()] };
  const unplaced = problems.filter(({ field }) => field === "" || field.startsWith("exits") || field === "kind");
  return (
    <>
      <header className="inspector-head">
        <KindIcon kind={node.kind} group={kind?.group ?? "route"} />
        <h2>{kind?.title ?? node.kind}</h2>
        {isStart ? (
          <span className="badge start" title={T.inspect.isStart}>
            {T.editor.start}
          </span>
        ) : (
          <button type="button" className="quiet" disabled={disabled} onClick={() => change({ do: "flow", field: "start", value: name })}>
            {T.inspect.makeStart}
          </button>
        )}
        <button type="button" className="quiet" disabled={disabled} aria-label={T.inspect.remove} title={T.inspect.remove} onClick={removeSelected}>
          ×
        </button>
      </header>
      {kind && <Help text={kind.help.replaceAll("`", "")} />}
      {unplaced.map(({ text, severity }) => (
        <p key={text} className={severity === "error" ? "fault" : "caution"}>
          {text}
        </p>
      ))}
      <NameField name={name} disabled={disabled} />
      {kind && (
        <ExitExtra value={(exit) => <Leads node={name} exit={exit} disabled={disabled} />}>
          <SchemaForm
            schema={kind.schema}
            value={node as Fields}
            problems={problems}
            names={names}
            prompts={known.prompts}
            disabled={disabled}
            without={ELSEWHERE}
            onChange={(path, value) => change({ do: "set", node: name, path, value })}
          />
        </ExitExtra>
      )}
      <ExitsTable name={name} disabled={disabled} />
    </>
  );
}

/** Where a choice leads, said with the choice itself. */
function Leads({ node, exit: name, disabled }: { node: string; exit: string; disabled: boolean }) {
  const content = useEditor((state) => state.history.draft.body.nodes[node]);
  const kinds = useEditor((state) => state.kinds);
  const exit = content && exitsOf(content, kinds).find((one) => one.name === name);
  if (!exit) return null;
  return (
    <div className="leads">
      <span className="label" aria-hidden="true">
        {T.inspect.target}
      </span>
      <TargetSelect node={node} exit={exit} disabled={disabled} />
      <AddAt node={node} exit={exit} disabled={disabled} />
    </div>
  );
}

/** The first sentence of what a kind does; the rest on demand. */
function Help({ text }: { text: string }) {
  const [first = "", ...rest] = text.split("\n\n");
  if (rest.length === 0) return <p className="about">{first}</p>;
  return (
    <details className="help">
      <summary>{first}</summary>
      <p className="about">{rest.join("\n\n")}</p>
    </details>
  );
}

function NameField({ name, disabled }: { name: string; disabled: boolean }) {
  const id = useId();
  const nodes = useEditor((state) => state.history.draft.body.nodes);
  const [typed, setTyped] = useState(name);
  const [shown, setShown] = useState(name);
  if (shown !== name) {
    setShown(name);
    setTyped(name);
  }
  const isTaken = typed !== name && nameFrom(typed) in nodes;
  const take = () => {
    const to = nameFrom(typed);
    if (to !== name && !isTaken && NAME.test(to)) change({ do: "rename", from: name, to });
    else setTyped(name);
  };
  return (
    <div className="field">
      <label htmlFor={id}>{T.inspect.name}</label>
      <input
        id={id}
        data-name-field
        type="text"
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
        disabled={disabled}
        value={typed}
        aria-invalid={isTaken}
        aria-describedby={isTaken ? `${id}-fault` : undefined}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === "Enter" && take()}
      />
      {isTaken && (
        <p id={`${id}-fault`} className="fault">
          {T.inspect.taken}
        </p>
      )}
    </div>
  );
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
    const details = field?.closest("details");
    if (details) details.open = true;
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
