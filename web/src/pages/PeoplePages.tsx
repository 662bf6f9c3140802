// Users, tokens of programs, and what everybody did.
import { type FormEvent, useEffect, useState } from "react";
import { ask, get, post } from "../api/client.ts";
import type { Fields } from "../flow/body.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask, Once } from "../ui/Ask.tsx";
import { EntryForm } from "../ui/EntryForm.tsx";
import { useList } from "../ui/useList.ts";
import { taken } from "../ui/values.ts";
import { when } from "./ClosingPages.tsx";
import { P } from "./words.ts";

interface User {
  name: string;
  role: string;
  agent: string | null;
  must_change: boolean;
  created_at: string;
}

interface OneTime {
  user: User;
  password: string;
}

type Open = { sort: "add" } | { sort: "change" | "remove" | "password"; user: User } | null;
const ANY_FIELD = (_: string, key: string) => key;

export function UsersPage() {
  const { seen, again } = useList<User>("/users");
  const [open, setOpen] = useState<Open>(null);
  const [once, setOnce] = useState<OneTime | null>(null);
  const close = () => setOpen(null);
  const save = async (values: Fields) => {
    if (open?.sort === "change") {
      await ask(`/users/${open.user.name}`, { method: "PUT", body: values });
      tell(P.saved(open.user.name));
    } else setOnce(await post<OneTime>("/users", values));
    close();
    await again();
  };
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.users}</h1>
        <button type="button" className="primary" onClick={() => setOpen({ sort: "add" })}>
          {P.add("user")}
        </button>
      </div>
      {!seen && <p className="empty">{T.loading}</p>}
      {seen && (
        <table className="list">
          <thead>
            <tr>
              {[P.fields.name, P.fields.role, P.fields.agent, P.fields.state, P.fields.created, P.actions].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seen.items.map((user) => (
              <tr key={user.name}>
                <th scope="row">{user.name}</th>
                <td>{user.role}</td>
                <td>{user.agent ?? P.none}</td>
                <td>{user.must_change ? P.people.mustChange : P.none}</td>
                <td>{when(user.created_at)}</td>
                <td className="actions">
                  <button type="button" aria-label={P.editOne(user.name)} onClick={() => setOpen({ sort: "change", user })}>
                    {P.edit}
                  </button>
                  <button
                    type="button"
                    className="quiet"
                    aria-label={`${P.people.password}: ${user.name}`}
                    onClick={() => setOpen({ sort: "password", user })}
                  >
                    {P.people.password}
                  </button>
                  <button type="button" className="quiet" aria-label={P.removeOne(user.name)} onClick={() => setOpen({ sort: "remove", user })}>
                    {P.remove}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {(open?.sort === "add" || open?.sort === "change") && (
        <Dialog title={open.sort === "add" ? P.add("user") : P.editOne(open.user.name)} onClose={close}>
          <EntryForm
            schema={open.sort === "add" ? "NewUser" : "UserChange"}
            begin={open.sort === "add" ? { role: "agent" } : taken(open.user, ["role", "agent"])}
            fieldFor={ANY_FIELD}
            onSave={save}
            onClose={close}
          />
        </Dialog>
      )}
      {open?.sort === "password" && (
        <Ask
          title={P.people.passwordAsk(open.user.name)}
          go={P.people.password}
          onClose={close}
          onGo={async () => {
            setOnce(await post<OneTime>(`/users/${open.user.name}/password`, undefined));
            await again();
          }}
        />
      )}
      {open?.sort === "remove" && (
        <Ask
          title={P.removeAsk(open.user.name)}
          go={P.remove}
          onClose={close}
          onGo={async () => {
            await ask(`/users/${open.user.name}`, { method: "DELETE" });
            await again();
          }}
        />
      )}
      {once && (
        <Once
          title={P.people.made(once.user.name)}
          rows={[
            [P.fields.name, once.user.name],
            [P.people.password, once.password],
          ]}
          onClose={() => setOnce(null)}
        />
      )}
    </>
  );
}

interface Token {
  id: string;
  role: string;
  note: string;
  by: string;
  created_at: string;
  used_at: string | null;
  revoked_at: string | null;
}

export function TokensPage() {
  const { seen, again } = useList<Token>("/tokens");
  const [open, setOpen] = useState<"add" | Token | null>(null);
  const [secret, setSecret] = useState("");
  const add = async (values: Fields) => {
    setSecret((await post<{ secret: string }>("/tokens", values)).secret);
    setOpen(null);
    await again();
  };
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.tokens}</h1>
        <button type="button" className="primary" onClick={() => setOpen("add")}>
          {P.add("token")}
        </button>
      </div>
      {seen?.items.length === 0 && <p className="empty">{T.nothing}</p>}
      {seen && seen.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              {[P.fields.note, P.fields.role, P.fields.by, P.fields.created, P.fields.used, P.actions].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seen.items.map((token) => (
              <tr key={token.id}>
                <th scope="row">{token.note}</th>
                <td>{token.role}</td>
                <td>{token.by}</td>
                <td>{when(token.created_at)}</td>
                <td>{when(token.used_at)}</td>
                <td className="actions">
                  {token.revoked_at ? (
                    P.people.revoked
                  ) : (
                    <button type="button" className="quiet" aria-label={P.people.revokeOne(token.note)} onClick={() => setOpen(token)}>
                      {P.people.revoke}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {open === "add" && (
        <Dialog title={P.add("token")} onClose={() => setOpen(null)}>
          <EntryForm schema="NewToken" begin={{ role: "wallboard" }} fieldFor={ANY_FIELD} onSave={add} onClose={() => setOpen(null)} />
        </Dialog>
      )}
      {open !== null && open !== "add" && (
        <Ask
          title={P.people.revokeOne(open.note)}
          go={P.people.revoke}
          onClose={() => setOpen(null)}
          onGo={async () => {
            await ask(`/tokens/${open.id}`, { method: "DELETE" });
            await again();
          }}
        />
      )}
      {secret && <Once title={P.people.tokenMade} rows={[[P.fields.secret, secret]]} onClose={() => setSecret("")} />}
    </>
  );
}

interface Entry {
  who: string;
  what: string;
  at: string;
  detail: string;
}

interface Page {
  items: Entry[];
  next: string | null;
}

export function AuditPage() {
  const [asked, setAsked] = useState("");
  const [pages, setPages] = useState<Page | null>(null);
  useEffect(() => {
    let isLatest = true;
    auditPage(asked, null).then((page) => isLatest && setPages(page), tellError);
    return () => {
      isLatest = false;
    };
  }, [asked]);
  const more = async () => {
    if (!pages) return;
    const { items, next } = await auditPage(asked, pages.next);
    setPages({ items: [...pages.items, ...items], next });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const parts = (["who", "what"] as const).map((name) => [name, String(given.get(name) ?? "").trim()] as const);
    setAsked(parts.map(([name, text]) => (text ? `&${name}=${encodeURIComponent(text)}` : "")).join(""));
  };
  return <AuditTable pages={pages} onSubmit={submit} onMore={() => void more().catch(tellError)} />;
}

const auditPage = (of: string, cursor: string | null) => get<Page>(`/audit?limit=50${of}${cursor ? `&cursor=${cursor}` : ""}`);

interface AuditProps {
  pages: { items: Entry[]; next: string | null } | null;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  onMore: () => void;
}

function AuditTable({ pages, onSubmit, onMore }: AuditProps) {
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.audit}</h1>
      </div>
      <form className="row" onSubmit={onSubmit}>
        <label>
          {P.fields.who}
          <input name="who" maxLength={100} autoComplete="off" />
        </label>
        <label>
          {P.fields.what}
          <input name="what" maxLength={100} autoComplete="off" />
        </label>
        <button type="submit">{P.dnc.look}</button>
      </form>
      {!pages && <p className="empty">{T.loading}</p>}
      {pages?.items.length === 0 && <p className="empty">{T.nothing}</p>}
      {pages && pages.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              {[P.fields.when, P.fields.who, P.fields.what, P.fields.detail].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {pages.items.map(({ who, what, at, detail }, place) => (
              <tr key={`${at} ${place}`}>
                <td>{when(at)}</td>
                <td>{who}</td>
                <td>{what}</td>
                <td className="said">{detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {pages?.next && (
        <div>
          <button type="button" onClick={onMore}>
            {P.people.more}
          </button>
        </div>
      )}
    </>
  );
}
