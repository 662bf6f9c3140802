// The menus of the flow over the canvas: what most people look for in it.
import { useMemo } from "react";
import { summaryOf } from "../flow/summary.ts";
import { T } from "../texts.ts";
import { goTo } from "./actions.ts";
import { KindIcon } from "./icons.tsx";
import { drawnBody, selectedNode, useEditor } from "./store.ts";

const MENU = "menu";
const MOST = 6;

export function Landmarks() {
  const body = useEditor(drawnBody);
  const kinds = useEditor((state) => state.kinds);
  const prompts = useEditor((state) => state.known.prompts);
  const selected = useEditor(selectedNode);
  const menus = useMemo(() => Object.entries(body.nodes).filter(([, { kind }]) => kind === MENU), [body]);
  if (menus.length === 0) return null;
  return (
    <div className="landmarks" role="group" aria-label={T.editor.menus}>
      <span aria-hidden="true">{T.editor.menus}</span>
      {menus.slice(0, MOST).map(([name, node]) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === selected}
          title={summaryOf(node, kinds, (prompt) => prompts.get(prompt) ?? "")}
          onClick={() => goTo(name)}
        >
          <KindIcon kind={MENU} group={kinds[MENU]?.group ?? "input"} />
          {name}
        </button>
      ))}
    </div>
  );
}
