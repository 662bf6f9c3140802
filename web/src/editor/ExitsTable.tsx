// Exits and where they lead, as a table: the second way to connect, without a canvas.
import { type FormEvent, useId } from "react";
import { type Exit, exitsOf } from "../flow/exits.ts";
import { ruleOf } from "../flow/kinds.ts";
import { nameFrom } from "../flow/names.ts";
import { T } from "../texts.ts";
import { AddAt, TargetSelect } from "./TargetSelect.tsx";
import { change, choose, useEditor } from "./store.ts";

export function ExitsTable({ name, disabled }: { name: string; disabled: boolean }) {
  const body = useEditor((state) => state.history.draft.body);
  const kinds = useEditor((state) => state.kinds);
  const node = body.nodes[name];
  if (!node) return null;
  const exits = exitsOf(node, kinds);
  const rule = ruleOf(kinds, node.kind);
  if (exits.length === 0 && !rule.open) return null;
  return (
    <div className="exits" data-field="exits">
      <h3>{T.inspect.exits}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{T.inspect.exit}</th>
            <th scope="col">{T.inspect.target}</th>
            <th scope="col">
              <span className="sr">{T.inspect.add}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {exits.map((exit) => (
            <Row key={exit.name} node={name} exit={exit} disabled={disabled} />
          ))}
        </tbody>
      </table>
      {rule.open && <MoreExit node={name} disabled={disabled} />}
    </div>
  );
}

function Row({ node, exit, disabled }: { node: string; exit: Exit; disabled: boolean }) {
  const isChosen = useEditor((state) => state.exit === exit.name);
  return (
    <tr className={isChosen ? "chosen" : ""} onFocus={() => choose([node], exit.name)} data-field={`exits.${exit.name}`}>
      <th scope="row">
        {exit.hint && <span className="port-hint">{exit.hint}</span>} {exit.name}
      </th>
      <td>
        <TargetSelect node={node} exit={exit} disabled={disabled} />
      </td>
      <td>
        <AddAt node={node} exit={exit} disabled={disabled} />
      </td>
    </tr>
  );
}

/** A node that runs another flow may be left by any exit of that one. */
function MoreExit({ node, disabled }: { node: string; disabled: boolean }) {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [exit, to] = [nameFrom(String(given.get("exit"))), String(given.get("to"))];
    change({ do: "connect", from: { node, exit }, to });
    event.currentTarget.reset();
  };
  const names = useEditor((state) => state.history.draft.body.nodes);
  return (
    <form className="row small" onSubmit={submit}>
      <label htmlFor={id} className="sr">
        {T.inspect.moreExit}
      </label>
      <input id={id} name="exit" type="text" required placeholder={T.inspect.moreExit} autoComplete="off" disabled={disabled} />
      <select name="to" aria-label={T.inspect.target} disabled={disabled}>
        {Object.keys(names)
          .sort()
          .map((name) => (
            <option key={name}>{name}</option>
          ))}
      </select>
      <button type="submit" disabled={disabled}>
        +
      </button>
    </form>
  );
}
