// Head and table that every list has.
import type { ReactNode } from "react";
import { P } from "../pages/words.ts";
import { T } from "../texts.ts";

export interface Column<T> {
  head: string;
  cell: (item: T) => ReactNode;
}

/** The page's name, what it is for and, beside it, what it is mostly opened for. */
export function PageHead({ page, children }: { page: string; children?: ReactNode }) {
  return (
    <header>
      <div className="page-head">
        <h1>{P.nav[page]}</h1>
        {children}
      </div>
      <p className="about">{P.abouts[page]}</p>
    </header>
  );
}

export function AddButton({ called, onAdd }: { called: string; onAdd: () => void }) {
  return (
    <button type="button" className="primary" onClick={onAdd}>
      {P.add(called)}
    </button>
  );
}

interface Props<T> {
  /** null: not there yet. */
  items: T[] | null;
  columns: Column<T>[];
  keyOf: (item: T) => string;
  /** Buttons of a line. */
  actions?: (item: T) => ReactNode;
  /** The first cell names the line. */
  isNamed?: boolean;
}

/** A line for each item, the first cell names it; in words if there is none. */
export function ListTable<T>({ items, columns, keyOf, actions, isNamed = true }: Props<T>) {
  if (!items) return <p className="empty">{T.loading}</p>;
  if (items.length === 0) return <p className="empty">{T.nothing}</p>;
  return (
    <table className="list">
      <thead>
        <tr>
          {columns.map(({ head }) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
          {actions && (
            <th scope="col">
              <span className="sr">{P.actions}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map(({ head, cell }, place) => (place === 0 && isNamed ? <RowHead key={head}>{cell(item)}</RowHead> : <td key={head}>{cell(item)}</td>))}
            {actions && <td className="actions">{actions(item)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RowHead({ children }: { children: ReactNode }) {
  return <th scope="row">{children}</th>;
}

/** A small button of a line; `label` says of what. */
export function LineButton({ label, text, onClick, isQuiet = true }: { label: string; text: string | undefined; onClick: () => void; isQuiet?: boolean }) {
  return (
    <button type="button" className={isQuiet ? "quiet" : ""} aria-label={label} onClick={onClick}>
      {text}
    </button>
  );
}

/** The part of a list that follows; null: there is none. */
export function MoreButton({ onMore }: { onMore: (() => void) | null }) {
  if (!onMore) return null;
  return (
    <div>
      <button type="button" onClick={onMore}>
        {P.people.more}
      </button>
    </div>
  );
}

/** What went wrong, read out at once. */
export function Fault({ text, id }: { text: string; id?: string }) {
  if (!text) return null;
  return (
    <p id={id} className="fault" role="alert">
      {text}
    </p>
  );
}

/** The end of a window that takes something. */
export function Foot({ go, disabled = false, onClose }: { go: string | undefined; disabled?: boolean; onClose: (() => void) | undefined }) {
  return (
    <footer>
      {onClose && (
        <button type="button" onClick={onClose}>
          {T.cancel}
        </button>
      )}
      <button type="submit" className="primary" disabled={disabled}>
        {go}
      </button>
    </footer>
  );
}
