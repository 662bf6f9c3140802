// Everything about one node: its head, its name, the form from its schema, its exits.
import { useId, useState } from "react";
import { type Fields, NAME, type NodeBody } from "../flow/body.ts";
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
import { change, set, useEditor } from "./store.ts";

const ELSEWHERE = ["kind", "v", "exits"];
const NONE: never[] = [];

export function NodeForm({ name }: { name: string }) {
  const node = useEditor((state) => state.history.draft.body.nodes[name]);
  const kind = useEditor((state) => (node ? state.kinds[node.kind] : undefined));
  const problems = useEditor((state) => state.problemsOf.get(name) ?? NONE);
  const disabled = useEditor((state) => !state.mayEdit || state.comparison !== null);
  if (!node) return null;
  const unplaced = problems.filter(({ field }) => field === "" || field.startsWith("exits") || field === "kind");
  return (
    <>
      <Head name={name} node={node} disabled={disabled} />
      {kind && <Help text={kind.help.replaceAll("`", "")} />}
      {unplaced.map(({ text, severity }) => (
        <p key={text} className={severity === "error" ? "fault" : "caution"}>
          {text}
        </p>
      ))}
      <NameField name={name} disabled={disabled} />
      <Settings name={name} node={node} disabled={disabled} />
      <ExitsTable name={name} disabled={disabled} />
    </>
  );
}

interface PartProps {
  name: string;
  node: NodeBody;
  disabled: boolean;
}

function Head({ name, node, disabled }: PartProps) {
  const kind = useEditor((state) => state.kinds[node.kind]);
  const isStart = useEditor((state) => state.history.draft.body.start === name);
  return (
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
  );
}

function Settings({ name, node, disabled }: PartProps) {
  const kind = useEditor((state) => state.kinds[node.kind]);
  const known = useEditor((state) => state.known);
  const nodes = useEditor((state) => state.history.draft.body.nodes);
  const problems = useEditor((state) => state.problemsOf.get(name) ?? NONE);
  if (!kind) return null;
  const names = { ...known.names, node: Object.keys(nodes), variable: [...variablesOf(nodes, {}).keys()] };
  return (
    <ExitExtra value={(exit) => <Leads node={name} exit={exit} disabled={disabled} />}>
      <SchemaForm
        schema={kind.schema}
        value={node as Fields}
        problems={problems}
        names={names}
        prompts={known.prompts}
        disabled={disabled}
        without={ELSEWHERE}
        onPrompt={(prompt) => set({ dialog: "prompt", prompt })}
        onChange={(path, value) => change({ do: "set", node: name, path, value })}
      />
    </ExitExtra>
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
  const { typed, isTaken, type, take } = useName(name);
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
        onChange={(event) => type(event.target.value)}
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

/** What is typed is the node's name once one leaves the field; from elsewhere it may be renamed meanwhile. */
function useName(name: string) {
  const nodes = useEditor((state) => state.history.draft.body.nodes);
  const [typed, type] = useState(name);
  const [shown, setShown] = useState(name);
  if (shown !== name) {
    setShown(name);
    type(name);
  }
  const isTaken = typed !== name && nameFrom(typed) in nodes;
  const take = () => {
    const to = nameFrom(typed);
    if (to !== name && !isTaken && NAME.test(to)) change({ do: "rename", from: name, to });
    else type(name);
  };
  return { typed, isTaken, type, take };
}
