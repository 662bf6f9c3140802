import { T } from "../texts.ts";
import { dismiss, useToasts } from "./toasts.ts";

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-live="polite" aria-label={T.shell.toasts}>
      {toasts.map(({ id, sort, text }) => (
        <div key={id} className={`toast ${sort}`}>
          <span>{text}</span>
          <button type="button" className="quiet" aria-label={T.close} onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
