// Somebody else saved the same draft: mine, theirs, or part by part. Nothing is ever overwritten silently.
import { useMemo, useState } from "react";
import { type Divergence, type Side, divergences, merged, partKey, usualChoice } from "../flow/merge.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { T } from "../texts.ts";
import { settle } from "./saving.ts";
import { set, useEditor } from "./store.ts";

export default function ConflictDialog() {
  const theirs = useEditor((state) => state.theirs);
  const mine = useEditor((state) => state.history.draft);
  const base = useEditor((state) => state.saving.base);
  const parts = useMemo(() => (theirs ? divergences(base, mine, theirs.draft) : []), [base, mine, theirs]);
  const [choices, setChoices] = useState<Map<string, Side> | null>(null);
  if (!theirs) return null;
  const chosen = choices ?? new Map(parts.map((one) => [partKey(one.part), usualChoice(one)]));
  const pick = (key: string, side: Side) => setChoices(new Map([...chosen, [key, side]]));
  const when = T.ago((Date.now() - Date.parse(theirs.at)) / 1000);
  return (
    <Dialog title={T.conflict.title} onClose={() => set({ dialog: null })} wide>
      <p>{T.conflict.text(theirs.author, when)}</p>
      <Parts parts={parts} chosen={chosen} onPick={pick} />
      <footer>
        <button type="button" onClick={() => void settle(mine)}>
          {T.conflict.mine}
        </button>
        <button type="button" onClick={() => void settle(theirs.draft)}>
          {T.conflict.theirs}
        </button>
        <button type="button" className="primary" onClick={() => void settle(merged(mine, theirs.draft, parts, chosen))}>
          {T.conflict.use}
        </button>
      </footer>
    </Dialog>
  );
}

type Pick = (key: string, side: Side) => void;

function Parts({ parts, chosen, onPick }: { parts: Divergence[]; chosen: Map<string, Side>; onPick: Pick }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">{T.conflict.part}</th>
          <th scope="col">{T.conflict.yours}</th>
          <th scope="col">{T.conflict.other}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((one) => (
          <Part key={partKey(one.part)} one={one} side={chosen.get(partKey(one.part)) ?? "mine"} onPick={onPick} />
        ))}
      </tbody>
    </table>
  );
}

function Part({ one, side, onPick }: { one: Divergence; side: Side; onPick: Pick }) {
  const key = partKey(one.part);
  const name = one.part.of === "node" ? one.part.name : one.part.of === "flow" ? T.conflict.flow : T.conflict.tests;
  return (
    <tr className={one.by === "both" ? "both" : ""}>
      <th scope="row">{name}</th>
      {(["mine", "theirs"] as const).map((which) => (
        <td key={which}>
          <label className="check">
            <input type="radio" name={key} checked={side === which} onChange={() => onPick(key, which)} />
            {T.conflict.what[one[which]]}
          </label>
        </td>
      ))}
    </tr>
  );
}
