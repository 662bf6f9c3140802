import { T } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";

export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={T.keys.title} onClose={onClose}>
      <dl className="keys">
        {T.keys.rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
