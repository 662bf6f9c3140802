// A modal window: the browser's own <dialog> keeps the focus inside and gives it back.
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { T } from "../texts.ts";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

const FIRST = "input:not([type=radio], [type=checkbox]), select, textarea, footer .primary";

export function Dialog({ title, onClose, children, wide = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key comes: whoever types fast types into the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    // The browser would begin with the button that closes it.
    shown?.querySelector<HTMLElement>(FIRST)?.focus();
    return () => {
      shown?.close();
      // What was focused may be drawn anew, as a node is; then whoever opened this says where to go on.
      if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? "dialog wide" : "dialog"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="quiet" aria-label={T.close} onClick={onClose}>
          ×
        </button>
      </header>
      {children}
    </dialog>
  );
}
