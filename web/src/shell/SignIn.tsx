import { type FormEvent, useState } from "react";
import { ApiError } from "../api/client.ts";
import { type Me, changePassword, signIn } from "../api/session.ts";
import { T } from "../texts.ts";
import { tell } from "./toasts.ts";

export function SignIn({ ended, onDone }: { ended: boolean; onDone: (me: Me, password: string) => void }) {
  const [fault, setFault] = useState(ended ? T.signIn.ended : "");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const password = String(given.get("password"));
    setBusy(true);
    try {
      onDone(await signIn(String(given.get("name")), password), password);
    } catch (error) {
      setFault(error instanceof ApiError && error.status === 401 ? T.signIn.wrong : String((error as Error).message));
      setBusy(false);
    }
  };
  return (
    <main className="door">
      <form onSubmit={submit}>
        <p className="brand">{T.product}</p>
        <h1>{T.signIn.title}</h1>
        <Fault text={fault} />
        <label>
          {T.signIn.name}
          <input name="name" autoComplete="username" required autoFocus autoCapitalize="none" />
        </label>
        <label>
          {T.signIn.password}
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" className="primary" disabled={busy}>
          {T.signIn.go}
        </button>
      </form>
    </main>
  );
}

export function ChangePassword({ old, onDone }: { old: string; onDone: () => void }) {
  const [fault, setFault] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const fresh = String(given.get("new"));
    if (fresh !== given.get("twice")) return setFault(T.password.differ);
    try {
      await changePassword(String(given.get("old") ?? old), fresh);
      tell(T.password.done);
      onDone();
    } catch (error) {
      setFault((error as Error).message);
    }
  };
  return (
    <main className="door">
      <form onSubmit={submit}>
        <p className="brand">{T.product}</p>
        <h1>{T.password.title}</h1>
        <p>{T.password.why}</p>
        <Fault text={fault} />
        {!old && <Password name="old" label={T.password.old} fill="current-password" />}
        <Password name="new" label={T.password.fresh} fill="new-password" isFirst />
        <Password name="twice" label={T.password.twice} fill="new-password" />
        <button type="submit" className="primary">
          {T.password.go}
        </button>
      </form>
    </main>
  );
}

function Password({ name, label, fill, isFirst = false }: { name: string; label: string; fill: string; isFirst?: boolean }) {
  return (
    <label>
      {label}
      <input name={name} type="password" autoComplete={fill} required autoFocus={isFirst} />
    </label>
  );
}

function Fault({ text }: { text: string }) {
  if (!text) return null;
  return (
    <p className="fault" role="alert">
      {text}
    </p>
  );
}
