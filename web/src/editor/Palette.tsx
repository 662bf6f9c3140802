import { useState } from "react";
import { T } from "../texts.ts";
import { DRAGGED_KIND } from "./Canvas.tsx";
import { addNode } from "./actions.ts";
import { KindIcon } from "./icons.tsx";
import { type KindLine, groupsOf, kindsLike } from "./kindList.ts";
import { useEditor } from "./store.ts";

export function Palette() {
  const kinds = useEditor((state) => state.kinds);
  const [typed, setTyped] = useState("");
  const groups = groupsOf(kindsLike(kinds, typed));
  return (
    <section className="palette" aria-label={T.editor.palette} data-region="palette">
      <input
        type="search"
        placeholder={T.editor.paletteSearch}
        aria-label={T.editor.paletteSearch}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="palette-list">
        {groups.map(([group, lines]) => (
          <div key={group} role="group" aria-label={T.editor.groups[group] ?? group}>
            <h2>{T.editor.groups[group] ?? group}</h2>
            {lines.map((line) => (
              <Item key={line.kind} line={line} />
            ))}
          </div>
        ))}
        {groups.length === 0 && <p className="empty">{T.add.none}</p>}
      </div>
    </section>
  );
}

function Item({ line }: { line: KindLine }) {
  return (
    <button
      type="button"
      className="palette-item"
      draggable
      title={line.help}
      onDragStart={(event) => event.dataTransfer.setData(DRAGGED_KIND, line.kind)}
      onClick={() => addNode(line.kind)}
    >
      <KindIcon kind={line.kind} group={line.group} />
      {line.title}
    </button>
  );
}
