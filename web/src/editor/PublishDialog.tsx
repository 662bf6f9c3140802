import { type FormEvent, useState } from "react";
import { ApiError, type ErrorDetail } from "../api/client.ts";
import { publish } from "../api/flows.ts";
import { draftHash } from "../flow/canonical.ts";
import { differences, nodesChanged } from "../flow/differences.ts";
import { marksOf } from "../flow/problems.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { UNSAVED, saveNow } from "./saving.ts";
import { editor, set, theDraft, useEditor } from "./store.ts";

const LIVE = "live";

export default function PublishDialog({ onClose }: { onClose: () => void }) {
  const problems = useEditor((state) => state.problems);
  const [fault, setFault] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const { errors } = marksOf(problems);
  const testsFail = fault?.code === "tests-failed";
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await published(String(given.get("message")), String(given.get("alias")), given.get("anyway") === "on");
      onClose();
    } catch (error) {
      setFault(error instanceof ApiError ? error : null);
      if (!(error instanceof ApiError)) tell((error as Error).message, "error");
      setBusy(false);
    }
  };
  return (
    <Dialog title={T.publish.title} onClose={onClose}>
      <form onSubmit={submit} className="publish">
        <Differing />
        {errors > 0 && <Blocked errors={errors} />}
        <label>
          {T.publish.message}
          <input name="message" type="text" required maxLength={200} autoComplete="off" />
        </label>
        <Aliases />
        {fault && <Refusal fault={fault} />}
        {testsFail && (
          <label className="check">
            <input type="checkbox" name="anyway" /> {T.publish.anyway}
          </label>
        )}
        <Foot disabled={busy || errors > 0} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function Foot({ disabled, onClose }: { disabled: boolean; onClose: () => void }) {
  return (
    <footer>
      <button type="button" onClick={onClose}>
        {T.cancel}
      </button>
      <button type="submit" className="primary" disabled={disabled}>
        {T.publish.go}
      </button>
    </footer>
  );
}

function Differing() {
  const live = useEditor((state) => state.live);
  const body = useEditor((state) => state.history.draft.body);
  const kinds = useEditor((state) => state.kinds);
  return live && <p>{T.publish.changes(nodesChanged(differences(live.body, body, kinds)))}</p>;
}

function Blocked({ errors }: { errors: number }) {
  return (
    <p className="fault">
      {T.publish.blocked(errors)}{" "}
      <button type="button" className="link" onClick={() => set({ dialog: null, drawer: "problems" })}>
        {T.editor.problems}
      </button>
    </p>
  );
}

function Aliases() {
  return (
    <fieldset>
      <legend>{T.publish.alias}</legend>
      <label className="check">
        <input type="radio" name="alias" value={LIVE} defaultChecked /> {T.publish.live}
      </label>
      <label className="check">
        <input type="radio" name="alias" value="staging" /> {T.publish.staging}
      </label>
    </fieldset>
  );
}

function Refusal({ fault }: { fault: ApiError }) {
  return (
    <div className="fault" role="alert">
      <p>{fault.code === "tests-failed" ? T.publish.testsFailed : fault.message}</p>
      <ul>
        {fault.details.map((detail: ErrorDetail, place) => (
          <li key={place}>{[detail.node, detail.field, detail.text].filter(Boolean).join(": ")}</li>
        ))}
      </ul>
    </div>
  );
}

async function published(message: string, alias: string, anyway: boolean): Promise<void> {
  const unsaved = editor().saving.lock === UNSAVED;
  if (unsaved) set(({ saving }) => ({ saving: { ...saving, hash: "" } }));
  if (!(await saveNow())) throw new Error(T.save.failed);
  const { flow, saving, live } = editor();
  const draft = theDraft();
  const { version } = await publish(flow, { message, alias, lock: saving.lock, anyway });
  // The draft is a version now; the next change begins a new one.
  set({
    live: alias === LIVE || live === null ? { version, body: draft.body, unreadable: "" } : live,
    basedOn: version,
    saving: { state: "published", at: Date.now(), lock: UNSAVED, hash: draftHash(draft), base: draft },
  });
  tell(T.publish.done(version, alias));
}
