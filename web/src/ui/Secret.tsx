// A window for one word that is kept and never shown.
import { type FormEvent, useState } from "react";
import { ask } from "../api/client.ts";
import { P } from "../pages/words.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { T } from "../texts.ts";

interface Props {
  title: string;
  label: string;
  path: string;
  onDone: () => void;
  onClose: () => void;
}

export function SecretDialog({ title, label, path, onDone, onClose }: Props) {
  const [fault, setFault] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      await ask(path, { method: "PUT", body: { password: String(new FormData(event.currentTarget).get("word")) } });
      onDone();
      onClose();
    } catch (error) {
      setFault((error as Error).message);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <label className="field">
          {label}
          <input
            name="word"
            type="password"
            autoComplete="off"
            required
            maxLength={128}
            aria-invalid={fault !== ""}
            aria-describedby={fault ? "secret-fault" : undefined}
          />
        </label>
        {fault && (
          <p id="secret-fault" className="fault" role="alert">
            {fault}
          </p>
        )}
        <footer>
          <button type="button" onClick={onClose}>
            {T.cancel}
          </button>
          <button type="submit" className="primary">
            {P.save}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
