// The people of a campaign: looked up by number and state, each with the calls to them.
import { type ReactNode, useEffect, useState } from "react";
import { get } from "../api/client.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { type Column, LineButton, ListTable, MoreButton } from "../ui/ListTable.tsx";
import { usePages } from "../ui/usePages.ts";
import { type Attempt, CALL_COLUMNS } from "./AttemptsList.tsx";
import { when } from "./ClosingPages.tsx";
import { outcomeTold, pathOf } from "./campaigns.ts";
import { P } from "./words.ts";

interface Lead {
  id: number;
  number: string;
  name: string;
  state: string;
  next_at: string;
  tries: number;
  last_outcome: string | null;
  priority: number;
}

interface LeadSeen extends Lead {
  language: string;
  external_id: string;
  time_zone: string;
  consent: string;
  data: Record<string, unknown>;
  on_dnc: boolean;
  attempts: Attempt[];
}

const COLUMNS: Column<Lead>[] = [
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.fields.name, cell: ({ name }) => name || P.none },
  { head: P.fields.state, cell: ({ state }) => P.campaigns.leadCounts[state] ?? state },
  { head: P.campaigns.due, cell: ({ state, next_at }) => (state === "ready" ? dueTold(next_at) : P.none) },
  { head: P.callers.tries, cell: ({ tries }) => tries },
  { head: P.campaigns.last, cell: ({ last_outcome }) => outcomeTold(last_outcome) },
];

const dueTold = (at: string) => (new Date(at).getTime() <= Date.now() ? P.campaigns.now : when(at));

export function LeadsList({ name, round }: { name: string; round: string }) {
  const [asked, setAsked] = useState("");
  const { items, more } = usePages<Lead>(`${pathOf(name)}/leads?${asked}`, round);
  const [open, setOpen] = useState<Lead | null>(null);
  return (
    <>
      <Filters onAsked={setAsked}>
        <Choice name="state" label={P.fields.state} options={P.campaigns.leadCounts} />
        <Choice name="outcome" label={P.campaigns.last} options={P.campaigns.outcomes} />
      </Filters>
      <div className="scroll">
        <ListTable
          items={items}
          columns={COLUMNS}
          keyOf={({ id }) => String(id)}
          actions={(lead) => <LineButton label={P.campaigns.openLead(lead.number)} text={P.campaigns.open} onClick={() => setOpen(lead)} />}
        />
      </div>
      <MoreButton onMore={more} />
      {open && <LeadDialog campaign={name} lead={open} round={round} onClose={() => setOpen(null)} />}
    </>
  );
}

/** What a list is narrowed to: a number, and the choices inside; all of them act at once. */
export function Filters({ onAsked, children }: { onAsked: (query: string) => void; children: ReactNode }) {
  const read = (form: HTMLFormElement) => {
    const given = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()] as const);
    onAsked(given.map(([name, value]) => (value ? `&${name}=${encodeURIComponent(value)}` : "")).join(""));
  };
  return (
    <form
      className="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        read(event.currentTarget);
      }}
      onChange={(event) => {
        if (event.target instanceof HTMLSelectElement) read(event.currentTarget);
      }}
    >
      <label>
        {P.fields.number}
        <input name="number" type="tel" maxLength={40} pattern="[\-0-9+\(\) .\/]*" title={P.campaigns.digits} autoComplete="off" />
      </label>
      {children}
      <button type="submit">{P.dnc.look}</button>
    </form>
  );
}

export function Choice({ name, label, options }: { name: string; label: string; options: Record<string, string> }) {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{P.campaigns.any}</option>
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function LeadDialog({ campaign, lead, round, onClose }: { campaign: string; lead: Lead; round: string; onClose: () => void }) {
  const [seen, setSeen] = useState<LeadSeen | null>(null);
  useEffect(() => {
    let isLatest = true;
    get<LeadSeen>(`${pathOf(campaign)}/leads/${lead.id}`).then((found) => isLatest && setSeen(found), tellError);
    return () => {
      isLatest = false;
    };
  }, [campaign, lead.id, round]);
  return (
    <Dialog title={lead.name ? `${lead.name}, ${lead.number}` : lead.number} wide onClose={onClose}>
      <div className="stack">
        {seen ? <LeadFacts lead={seen} /> : <p className="empty">{T.loading}</p>}
        {seen && (
          <section className="stack" aria-label={P.campaigns.views.calls}>
            <h3>{P.campaigns.views.calls}</h3>
            <div className="scroll">
              <ListTable items={seen.attempts} columns={CALL_COLUMNS} keyOf={({ id }) => id} />
            </div>
          </section>
        )}
        <footer>
          <button type="button" className="primary" onClick={onClose}>
            {T.close}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

function LeadFacts({ lead }: { lead: LeadSeen }) {
  const facts: [string, string][] = [
    [P.fields.state, P.campaigns.leadCounts[lead.state] ?? lead.state],
    [P.campaigns.due, lead.state === "ready" ? dueTold(lead.next_at) : ""],
    [P.callers.tries, String(lead.tries)],
    [P.campaigns.last, outcomeTold(lead.last_outcome)],
    [P.campaigns.priority, lead.priority ? String(lead.priority) : ""],
    [P.callers.language, lead.language],
    [P.campaigns.externalId, lead.external_id],
    [P.hours.zone, lead.time_zone],
    [P.campaigns.consent, lead.consent],
    ...Object.entries(lead.data).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  return (
    <>
      {lead.on_dnc && <p className="caution">{P.campaigns.onDnc}</p>}
      <dl className="facts">
        {facts.map(
          ([label, value]) =>
            value && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </>
  );
}
