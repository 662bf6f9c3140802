// Users, tokens of programs, and what everybody did.
import { type FormEvent, useEffect, useState } from "react";
import { ask, get, post } from "../api/client.ts";
import type { Fields } from "../flow/body.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { Ask, Once } from "../ui/Ask.tsx";
import { EntryForm } from "../ui/EntryForm.tsx";
import { AddButton, type Column, LineButton, ListTable, MoreButton, PageHead } from "../ui/ListTable.tsx";
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

const USER_COLUMNS: Column<User>[] = [
  { head: P.fields.name, cell: ({ name }) => name },
  { head: P.fields.role, cell: ({ role }) => role },
  { head: P.fields.agent, cell: ({ agent }) => agent ?? P.none },
  { head: P.fields.state, cell: ({ must_change }) => (must_change ? P.people.mustChange : P.none) },
  { head: P.fields.created, cell: ({ created_at }) => when(created_at) },
];

export function UsersPage() {
  const { seen, again } = useList<User>("/users", ["people"]);
  const [open, setOpen] = useState<Open>(null);
  const [once, setOnce] = useState<OneTime | null>(null);
  const shut = async () => {
    setOpen(null);
    await again();
  };
  return (
    <>
      <PageHead page="users">
        <AddButton called="user" onAdd={() => setOpen({ sort: "add" })} />
      </PageHead>
      <ListTable items={seen?.items ?? null} columns={USER_COLUMNS} keyOf={({ name }) => name} actions={(user) => <UserActions user={user} onOpen={setOpen} />} />
      {open && <UserWindow open={open} onOnce={setOnce} onDone={shut} onClose={() => setOpen(null)} />}
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

function UserActions({ user, onOpen }: { user: User; onOpen: (open: Open) => void }) {
  return (
    <>
      <LineButton isQuiet={false} label={P.editOne(user.name)} text={P.edit} onClick={() => onOpen({ sort: "change", user })} />
      <LineButton label={`${P.people.password}: ${user.name}`} text={P.people.password} onClick={() => onOpen({ sort: "password", user })} />
      <LineButton label={P.removeOne(user.name)} text={P.remove} onClick={() => onOpen({ sort: "remove", user })} />
    </>
  );
}

interface WindowProps {
  open: NonNullable<Open>;
  onOnce: (once: OneTime) => void;
  onDone: () => Promise<void>;
  onClose: () => void;
}

function UserWindow({ open, onOnce, onDone, onClose }: WindowProps) {
  if (open.sort === "add" || open.sort === "change") return <UserForm open={open} onOnce={onOnce} onDone={onDone} onClose={onClose} />;
  const { name } = open.user;
  const renew = async () => {
    onOnce(await post<OneTime>(`/users/${name}/password`, undefined));
    await onDone();
  };
  const remove = async () => {
    await ask(`/users/${name}`, { method: "DELETE" });
    await onDone();
  };
  if (open.sort === "password") return <Ask title={P.people.passwordAsk(name)} go={P.people.password} onClose={onClose} onGo={renew} />;
  return <Ask title={P.removeAsk(name)} go={P.remove} onClose={onClose} onGo={remove} />;
}

function UserForm({ open, onOnce, onDone, onClose }: WindowProps) {
  const user = open.sort === "add" ? null : open.user;
  const save = async (values: Fields) => {
    if (user) {
      await ask(`/users/${user.name}`, { method: "PUT", body: values });
      tell(P.saved(user.name));
    } else onOnce(await post<OneTime>("/users", values));
    await onDone();
  };
  return (
    <Dialog title={user ? P.editOne(user.name) : P.add("user")} onClose={onClose}>
      <EntryForm
        schema={user ? "UserChange" : "NewUser"}
        begin={user ? taken(user, ["role", "agent"]) : { role: "agent" }}
        fieldFor={ANY_FIELD}
        onSave={save}
        onClose={onClose}
      />
    </Dialog>
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

const TOKEN_COLUMNS: Column<Token>[] = [
  { head: P.fields.note, cell: ({ note }) => note },
  { head: P.fields.role, cell: ({ role }) => role },
  { head: P.fields.by, cell: ({ by }) => by },
  { head: P.fields.created, cell: ({ created_at }) => when(created_at) },
  { head: P.fields.used, cell: ({ used_at }) => when(used_at) },
];

export function TokensPage() {
  const { seen, again } = useList<Token>("/tokens", ["people"]);
  const [open, setOpen] = useState<"add" | Token | null>(null);
  const [secret, setSecret] = useState("");
  const close = () => setOpen(null);
  const add = async (values: Fields) => {
    setSecret((await post<{ secret: string }>("/tokens", values)).secret);
    close();
    await again();
  };
  const revoke = async (token: Token) => {
    await ask(`/tokens/${token.id}`, { method: "DELETE" });
    await again();
  };
  const actions = (token: Token) =>
    token.revoked_at ? P.people.revoked : <LineButton label={P.people.revokeOne(token.note)} text={P.people.revoke} onClick={() => setOpen(token)} />;
  return (
    <>
      <PageHead page="tokens">
        <AddButton called="token" onAdd={() => setOpen("add")} />
      </PageHead>
      <ListTable items={seen?.items ?? null} columns={TOKEN_COLUMNS} keyOf={({ id }) => id} actions={actions} />
      {open === "add" && (
        <Dialog title={P.add("token")} onClose={close}>
          <EntryForm schema="NewToken" begin={{ role: "wallboard" }} fieldFor={ANY_FIELD} onSave={add} onClose={close} />
        </Dialog>
      )}
      {open !== null && open !== "add" && <Ask title={P.people.revokeOne(open.note)} go={P.people.revoke} onClose={close} onGo={() => revoke(open)} />}
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

const AUDIT_COLUMNS: Column<Entry>[] = [
  { head: P.fields.when, cell: ({ at }) => when(at) },
  { head: P.fields.who, cell: ({ who }) => who },
  { head: P.fields.what, cell: ({ what }) => what },
  { head: P.fields.detail, cell: ({ detail }) => <span className="said">{detail}</span> },
];

function AuditTable({ pages, onSubmit, onMore }: AuditProps) {
  const items = pages?.items ?? null;
  return (
    <>
      <PageHead page="audit" />
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
      <ListTable items={items} columns={AUDIT_COLUMNS} isNamed={false} keyOf={(entry) => `${entry.at} ${items?.indexOf(entry)}`} />
      <MoreButton onMore={pages?.next ? onMore : null} />
    </>
  );
}
