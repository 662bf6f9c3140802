// A window for one word that is kept and never shown.
import { type FormEvent, useState } from "react";
import { ask } from "../api/client.ts";
import { P } from "../pages/words.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { Fault, Foot } from "./ListTable.tsx";

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
          <input name="word" type="password" autoComplete="off" required maxLength={128} aria-invalid={fault !== ""} aria-describedby={fault ? "secret-fault" : undefined} />
        </label>
        <Fault id="secret-fault" text={fault} />
        <Foot go={P.save} onClose={onClose} />
      </form>
    </Dialog>
  );
}
