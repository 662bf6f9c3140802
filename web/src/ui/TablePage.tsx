// A page for one kind of entry of centre.toml: list, add, change, remove.
import { type ReactNode, useState } from "react";
import { ask } from "../api/client.ts";
import type { Fields, Json } from "../flow/body.ts";
import { P } from "../pages/words.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask } from "./Ask.tsx";
import { EntryForm, type Names } from "./EntryForm.tsx";
import { PendingBar, type PendingShown } from "./Pending.tsx";
import { ofEntry } from "./faults.ts";
import { useAnswer, useList } from "./useList.ts";
import { taken } from "./values.ts";

export interface Column<T> {
  head: string;
  cell: (item: T) => ReactNode;
}

export interface TableOf<T> {
  title: string;
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

type Open<T> = { sort: "add" } | { sort: "change"; item: T } | { sort: "remove"; item: T } | null;

export function TablePage<T extends object>(props: Props<T>) {
  const { of, mayEdit } = props;
  const { seen, again } = useList<T>(of.path);
  const pending = useAnswer<PendingShown>("/setup/pending");
  const [open, setOpen] = useState<Open<T>>(null);
  const nameOf = (item: T) => String(item[of.key]);
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
  return (
    <>
      <div className="page-head">
        <h1>{of.title}</h1>
        {mayEdit && (
          <button type="button" className="primary" disabled={!seen} onClick={() => setOpen({ sort: "add" })}>
            {P.add(of.called)}
          </button>
        )}
      </div>
      <PendingBar pending={pending.data} mayEdit={mayEdit} onDone={refresh} />
      {!seen && <p className="empty">{T.loading}</p>}
      {seen?.items.length === 0 && <p className="empty">{T.nothing}</p>}
      {seen && seen.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              {of.columns.map(({ head }) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
              {mayEdit && <th scope="col">{P.actions}</th>}
            </tr>
          </thead>
          <tbody>
            {seen.items.map((item) => (
              <tr key={nameOf(item)}>
                {of.columns.map(({ head, cell }, place) =>
                  place === 0 ? (
                    <th key={head} scope="row">
                      {cell(item)}
                    </th>
                  ) : (
                    <td key={head}>{cell(item)}</td>
                  ),
                )}
                {mayEdit && (
                  <td className="actions">
                    <button type="button" aria-label={P.editOne(nameOf(item))} onClick={() => setOpen({ sort: "change", item })}>
                      {P.edit}
                    </button>
                    {props.actions?.(item, refresh)}
                    <button
                      type="button"
                      className="quiet"
                      aria-label={P.removeOne(nameOf(item))}
                      onClick={() => setOpen({ sort: "remove", item })}
                    >
                      {P.remove}
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {seen && open?.sort === "remove" && (
        <Ask
          title={P.removeAsk(`${of.called} ${nameOf(open.item)}`)}
          go={P.remove}
          onClose={close}
          onGo={async () => {
            try {
              await ask(pathOf(of, open.item), { method: "DELETE", ifMatch: seen.tag });
            } finally {
              refresh();
            }
            tell(P.removed(`${of.called} ${nameOf(open.item)}`));
          }}
        />
      )}
      {seen && (open?.sort === "add" || open?.sort === "change") && (
        <EntryDialog {...props} item={open.sort === "change" ? open.item : null} tag={seen.tag} again={again} onClose={close} onDone={done} />
      )}
    </>
  );
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
