// A page for one kind of entry of centre.toml: list, add, change, remove.
import { type ReactNode, useState } from "react";
import { ask } from "../api/client.ts";
import type { Fields, Json } from "../flow/body.ts";
import { P } from "../pages/words.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell } from "../shell/toasts.ts";
import { Ask } from "./Ask.tsx";
import { EntryForm, type Names } from "./EntryForm.tsx";
import { AddButton, type Column, LineButton, ListTable, PageHead } from "./ListTable.tsx";
import { PendingBar, type PendingShown } from "./Pending.tsx";
import { ofEntry } from "./faults.ts";
import { useAnswer, useList } from "./useList.ts";
import { taken } from "./values.ts";

export interface TableOf<T> {
  page: string;
  path: string;
  /** What it is called in centre.toml. */
  table: string;
  called: string;
  key: keyof T & string;
  schemas: { add: string; change: string };
  /** What `change` takes. */
  fields: string[];
  columns: Column<T>[];
}

interface Props<T> {
  of: TableOf<T>;
  mayEdit: boolean;
  names?: Names;
  without?: string[];
  more?: (values: Fields, change: (path: string[], value: Json | undefined) => void) => ReactNode;
  actions?: (item: T, again: () => void) => ReactNode;
  onAdded?: (answer: Record<string, unknown>) => void;
}

const SETUP = ["setup"];

type Open<T> = { sort: "add" } | { sort: "change"; item: T } | { sort: "remove"; item: T } | null;

export function TablePage<T extends object>(props: Props<T>) {
  const { of, mayEdit } = props;
  const { seen, again } = useList<T>(of.path, SETUP);
  const pending = useAnswer<PendingShown>("/setup/pending", SETUP);
  const [open, setOpen] = useState<Open<T>>(null);
  const refresh = () => {
    void again();
    void pending.again();
  };
  const close = () => setOpen(null);
  const done = (name: string) => {
    tell(P.saved(`${of.called} ${name}`));
    close();
    refresh();
  };
  const actions = (item: T) => <Actions item={item} of={of} more={props.actions?.(item, refresh)} onOpen={setOpen} />;
  return (
    <>
      <PageHead page={of.page}>{mayEdit && <AddButton called={of.called} onAdd={() => setOpen({ sort: "add" })} />}</PageHead>
      <PendingBar pending={pending.data} mayEdit={mayEdit} onDone={refresh} />
      <ListTable items={seen?.items ?? null} columns={of.columns} keyOf={(item) => nameOf(of, item)} {...(mayEdit ? { actions } : {})} />
      {seen && open?.sort === "remove" && <Removal of={of} item={open.item} tag={seen.tag} onDone={refresh} onClose={close} />}
      {seen && (open?.sort === "add" || open?.sort === "change") && (
        <EntryDialog {...props} item={open.sort === "change" ? open.item : null} tag={seen.tag} again={again} onClose={close} onDone={done} />
      )}
    </>
  );
}

function nameOf<T>(of: TableOf<T>, item: T): string {
  return String(item[of.key]);
}

function Actions<T>({ item, of, more, onOpen }: { item: T; of: TableOf<T>; more: ReactNode; onOpen: (open: Open<T>) => void }) {
  const name = nameOf(of, item);
  return (
    <>
      <LineButton isQuiet={false} label={P.editOne(name)} text={P.edit} onClick={() => onOpen({ sort: "change", item })} />
      {more}
      <LineButton label={P.removeOne(name)} text={P.remove} onClick={() => onOpen({ sort: "remove", item })} />
    </>
  );
}

interface RemovalProps<T> {
  of: TableOf<T>;
  item: T;
  tag: string;
  onDone: () => void;
  onClose: () => void;
}

function Removal<T>({ of, item, tag, onDone, onClose }: RemovalProps<T>) {
  const called = `${of.called} ${nameOf(of, item)}`;
  const remove = async () => {
    await ask(pathOf(of, item), { method: "DELETE", ifMatch: tag }).finally(onDone);
    tell(P.removed(called));
  };
  return <Ask title={P.removeAsk(called)} go={P.remove} onClose={onClose} onGo={remove} />;
}

function pathOf<T>(of: TableOf<T>, item: T): string {
  return `${of.path}/${encodeURIComponent(String(item[of.key]))}`;
}

interface EntryProps<T> extends Props<T> {
  item: T | null;
  tag: string;
  again: () => Promise<{ items: T[]; tag: string } | null>;
  onClose: () => void;
  onDone: (name: string) => void;
}

function EntryDialog<T extends object>(props: EntryProps<T>) {
  const { of, item, again } = props;
  // As it was when the window opened: what others change meanwhile must not pass for seen.
  const [tag, setTag] = useState(props.tag);
  const name = item ? String(item[of.key]) : "";
  const save = async (values: Fields) => {
    const path = item ? pathOf(of, item) : of.path;
    const { data } = await ask<Record<string, unknown>>(path, { method: item ? "PUT" : "POST", body: values, ifMatch: tag });
    props.onDone(name || String(values[of.key]));
    if (!item) props.onAdded?.(data);
  };
  const stale = async () => {
    const found = await again();
    if (found) setTag(found.tag);
    const now = found?.items.find((one) => String(one[of.key]) === name);
    return now && item ? taken(now, of.fields) : null;
  };
  return (
    <Dialog title={item ? P.editOne(`${of.called} ${name}`) : P.add(of.called)} onClose={props.onClose}>
      <EntryForm
        schema={item ? of.schemas.change : of.schemas.add}
        begin={item ? taken(item, of.fields) : {}}
        names={props.names ?? {}}
        without={props.without ?? []}
        {...(props.more ? { more: props.more } : {})}
        fieldFor={(table, key, values) => ofEntry(of.table, name || String(values[of.key] ?? ""))(table, key)}
        onSave={save}
        onStale={stale}
        onClose={props.onClose}
      />
    </Dialog>
  );
}
