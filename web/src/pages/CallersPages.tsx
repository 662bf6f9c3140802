// Persons and debts: who calls from which number, and what they owe.
import { type FormEvent, type ReactNode, useCallback, useEffect, useState } from "react";
import { ask, post } from "../api/client.ts";
import type { Fields } from "../flow/body.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { EntryForm } from "../ui/EntryForm.tsx";
import { ListImport, type Outcome } from "../ui/ListImport.tsx";
import { AddButton, type Column, LineButton, ListTable, PageHead } from "../ui/ListTable.tsx";
import { useList } from "../ui/useList.ts";
import { taken } from "../ui/values.ts";
import { when } from "./ClosingPages.tsx";
import { P } from "./words.ts";

interface Person {
  number: string;
  name: string;
  language: string | null;
  vip: boolean;
  note: string;
  calls: number;
  last_seen: string | null;
}

const ANY_FIELD = (_: string, key: string) => key;

const PERSON_COLUMNS: Column<Person>[] = [
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.fields.name, cell: ({ name }) => name || P.none },
  { head: P.callers.language, cell: ({ language }) => language ?? P.none },
  { head: P.callers.vip, cell: ({ vip }) => (vip ? P.yes : P.no) },
  { head: P.callers.note, cell: ({ note }) => <span className="said">{note || P.none}</span> },
  { head: P.callers.calls, cell: ({ calls }) => calls },
  { head: P.callers.seen, cell: ({ last_seen }) => when(last_seen) },
];

export function PersonsPage({ mayEdit }: { mayEdit: boolean }) {
  const [asked, setAsked] = useState("");
  const [vip, setVip] = useState(false);
  const { seen, again } = useList<Person>(`/persons?limit=200&vip=${vip}${asked}`, ["person"]);
  const [open, setOpen] = useState<"add" | "import" | Person | null>(null);
  const close = () => setOpen(null);
  const done = async (number: string) => {
    tell(P.saved(number));
    close();
    await again();
  };
  const actions = (person: Person) => <LineButton isQuiet={false} label={P.editOne(person.number)} text={P.edit} onClick={() => setOpen(person)} />;
  return (
    <>
      <PageHead page="persons">
        <Buttons mayEdit={mayEdit} onImport={() => setOpen("import")}>
          <AddButton called="person" onAdd={() => setOpen("add")} />
        </Buttons>
      </PageHead>
      <Search onAsked={setAsked}>
        <label className="check">
          <input type="checkbox" checked={vip} onChange={(event) => setVip(event.target.checked)} />
          {P.callers.onlyVip}
        </label>
      </Search>
      <ListTable items={seen?.items ?? null} columns={PERSON_COLUMNS} keyOf={({ number }) => number} {...(mayEdit ? { actions } : {})} />
      {open === "import" && <Import page="persons" about={P.callers.personColumns} onTaken={again} onClose={close} />}
      {open !== null && open !== "import" && <PersonForm person={open === "add" ? null : open} onDone={done} onClose={close} />}
    </>
  );
}

interface FormProps {
  person: Person | null;
  onDone: (number: string) => Promise<void>;
  onClose: () => void;
}

const SAID = ["name", "language", "vip", "note"];

function PersonForm({ person, onDone, onClose }: FormProps) {
  return person ? <ChangeForm number={person.number} onDone={onDone} onClose={onClose} /> : <AddForm onDone={onDone} onClose={onClose} />;
}

function AddForm({ onDone, onClose }: Omit<FormProps, "person">) {
  const save = async (values: Fields) => onDone((await post<Person>("/persons", values)).number);
  return (
    <Dialog title={P.add("person")} onClose={onClose}>
      <EntryForm schema="PersonSaid" begin={{}} fieldFor={ANY_FIELD} onSave={save} onClose={onClose} />
    </Dialog>
  );
}

function ChangeForm({ number, onDone, onClose }: Omit<FormProps, "person"> & { number: string }) {
  const [seen, setSeen] = useState<{ person: Person; tag: string } | null>(null);
  const path = `/persons/${encodeURIComponent(number)}`;
  const look = useCallback(async () => {
    const { data, tag } = await ask<Person>(path);
    setSeen({ person: data, tag });
    return taken(data, SAID);
  }, [path]);
  useEffect(() => {
    look().catch(tellError);
  }, [look]);
  const save = async (values: Fields) => {
    // What was emptied is to be empty: left out it would stay.
    const emptied = { name: "", language: "", note: "", vip: false };
    await ask(path, { method: "PUT", body: { ...emptied, ...values }, ifMatch: seen?.tag ?? "" });
    await onDone(number);
  };
  return (
    <Dialog title={P.editOne(number)} onClose={onClose}>
      {seen ? (
        <EntryForm schema="PersonChange" begin={taken(seen.person, SAID)} fieldFor={ANY_FIELD} onSave={save} onStale={look} onClose={onClose} />
      ) : (
        <p className="empty">{T.loading}</p>
      )}
    </Dialog>
  );
}

function Buttons({ mayEdit, onImport, children }: { mayEdit: boolean; onImport: () => void; children?: ReactNode }) {
  if (!mayEdit) return null;
  return (
    <div className="row">
      <button type="button" onClick={onImport}>
        {P.callers.importList}
      </button>
      {children}
    </div>
  );
}

/** A number to look up; empty: all. */
function Search({ onAsked, children }: { onAsked: (query: string) => void; children?: ReactNode }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const number = String(new FormData(event.currentTarget).get("number") ?? "").trim();
    onAsked(number ? `&number=${encodeURIComponent(number)}` : "");
  };
  return (
    <form className="filters" onSubmit={submit}>
      <label>
        {P.fields.number}
        <input name="number" type="tel" maxLength={40} autoComplete="off" />
      </label>
      <button type="submit">{P.dnc.look}</button>
      {children}
    </form>
  );
}

interface Taken extends Outcome {
  new: number | null;
}

function Import({ page, about, onTaken, onClose }: { page: "persons" | "debts"; about: string; onTaken: () => Promise<unknown>; onClose: () => void }) {
  return (
    <ListImport<Taken>
      title={P.callers.importList}
      about={about}
      into={{ into: page }}
      go={P.callers.take}
      told={(outcome) => [outcome.new === null ? P.callers.would(outcome.good, outcome.bad) : P.callers.done(outcome.new, outcome.good, outcome.bad)]}
      onTaken={onTaken}
      onClose={onClose}
    />
  );
}

interface Debt {
  reference: string;
  number: string;
  amount: string;
  currency: string;
  due_on: string;
  state: string;
  promised_on: string | null;
}

const DEBT_COLUMNS: Column<Debt>[] = [
  { head: P.callers.reference, cell: ({ reference }) => reference },
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.callers.amount, cell: ({ amount, currency }) => `${amount} ${currency}` },
  { head: P.callers.due, cell: ({ due_on }) => due_on },
  { head: P.fields.state, cell: ({ state }) => state },
  { head: P.callers.promised, cell: ({ promised_on }) => promised_on ?? P.none },
];

export function DebtsPage({ mayEdit }: { mayEdit: boolean }) {
  const [asked, setAsked] = useState("");
  const { seen, again } = useList<Debt>(`/debts?limit=200${asked}`, ["debt"]);
  const [open, setOpen] = useState(false);
  return (
    <>
      <PageHead page="debts">
        <Buttons mayEdit={mayEdit} onImport={() => setOpen(true)} />
      </PageHead>
      <Search onAsked={setAsked} />
      <ListTable items={seen?.items ?? null} columns={DEBT_COLUMNS} keyOf={({ reference }) => reference} />
      {open && <Import page="debts" about={P.callers.debtColumns} onTaken={again} onClose={() => setOpen(false)} />}
    </>
  );
}
