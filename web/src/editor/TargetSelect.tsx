// Where an exit leads, as a list of nodes, with a button that adds one there.
import { type Exit, dangles } from "../flow/exits.ts";
import { T } from "../texts.ts";
import { change, choose, set, useEditor } from "./store.ts";

const NOTHING = "";

interface Props {
  node: string;
  exit: Exit;
  disabled: boolean;
}

export function TargetSelect({ node, exit, disabled }: Props) {
  const body = useEditor((state) => state.history.draft.body);
  const from = { node, exit: exit.name };
  const none = exit.instead ? T.editor.instead(exit.instead) : T.editor.open;
  const isLost = exit.target !== null && !(exit.target in body.nodes);
  return (
    <select
      aria-label={`${exit.name}: ${T.inspect.target}`}
      aria-invalid={dangles(exit, body)}
      disabled={disabled}
      value={exit.target ?? NOTHING}
      onChange={({ target: { value } }) => change(value === NOTHING ? { do: "disconnect", from } : { do: "connect", from, to: value })}
    >
      <option value={NOTHING}>{none}</option>
      {isLost && <option value={exit.target ?? NOTHING}>{T.editor.missing(exit.target ?? "")}</option>}
      {Object.keys(body.nodes)
        .sort()
        .map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
    </select>
  );
}

export function AddAt({ node, exit, disabled }: Props) {
  return (
    <button
      type="button"
      className="quiet"
      disabled={disabled}
      aria-label={T.inspect.addAt(exit.name)}
      title={T.inspect.addAt(exit.name)}
      onClick={() => {
        choose([node], exit.name);
        set({ dialog: "add" });
      }}
    >
      +
    </button>
  );
}
