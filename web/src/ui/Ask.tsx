// Two small windows: is it meant, and what is shown only once.
import { useState } from "react";
import { P } from "../pages/words.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { T } from "../texts.ts";

interface AskProps {
  title: string;
  go: string;
  isDanger?: boolean;
  onGo: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something is done that cannot be taken back; what goes wrong is said here. */
export function Ask({ title, go, isDanger = true, onGo, onClose }: AskProps) {
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    try {
      await onGo();
      onClose();
    } catch (error) {
      setFault((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="stack">
        {fault && (
          <p className="fault" role="alert">
            {fault}
          </p>
        )}
        <footer>
          <button type="button" onClick={onClose}>
            {T.cancel}
          </button>
          <button type="button" className={isDanger ? "primary danger" : "primary"} disabled={busy} onClick={() => void act()}>
            {go}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

/** Passwords and PINs to hand over. */
export function Once({ title, rows, onClose }: { title: string; rows: [string, string][]; onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="stack">
        <p className="caution">{P.once}</p>
        <dl className="facts">
          {rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd className="code">{value}</dd>
            </div>
          ))}
        </dl>
        <footer>
          <button type="button" className="primary" onClick={onClose}>
            {T.close}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
