// What was set up and callers do not notice yet, with the button that changes it.
import { useState } from "react";
import { post } from "../api/client.ts";
import { P } from "../pages/words.ts";
import { tell } from "../shell/toasts.ts";

export interface PendingShown {
  is_anything: boolean;
  entries: { table: string; name: string; change: string }[];
  files: string[] | null;
  restart: string[];
  warnings: string[];
  blocked: string;
}

const SHOWN = 4;

export function PendingBar({ pending, mayEdit, onDone }: { pending: PendingShown | null; mayEdit: boolean; onDone: () => void }) {
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  if (!pending || (!pending.is_anything && pending.restart.length === 0)) return null;
  const apply = async () => {
    setBusy(true);
    setFault("");
    try {
      tell(P.pending.done((await post<{ text: string }>("/setup/apply", undefined)).text));
    } catch (error) {
      setFault((error as Error).message);
    }
    setBusy(false);
    onDone();
  };
  return (
    <section className="pending" aria-label={P.pending.title}>
      <div>
        {pending.is_anything && <p>{P.pending.what(changesOf(pending))}</p>}
        {pending.restart.length > 0 && <p>{P.pending.restart(pending.restart)}</p>}
        {(fault || pending.blocked) && <p className="fault">{fault || pending.blocked}</p>}
      </div>
      {mayEdit && pending.is_anything && (
        <button type="button" className="primary" disabled={busy || pending.blocked !== ""} onClick={() => void apply()}>
          {P.pending.apply}
        </button>
      )}
    </section>
  );
}

function changesOf({ entries, files }: PendingShown): string[] {
  const named = entries.slice(0, SHOWN).map(({ table, name, change }) => P.pending.entry(table, name, change));
  const more = entries.length > SHOWN ? [P.pending.more(entries.length - SHOWN)] : [];
  const written = files?.length ? [P.pending.files(files.length)] : [];
  return [...named, ...more, ...written];
}
