// Campaigns: whom we call. What is done here is so at once.
import { useCallback, useEffect, useState } from "react";
import { ask, post } from "../api/client.ts";
import type { Fields } from "../flow/body.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask } from "../ui/Ask.tsx";
import { EntryForm } from "../ui/EntryForm.tsx";
import { AddButton, type Column, LineButton, ListTable, PageHead } from "../ui/ListTable.tsx";
import { usePolled } from "../ui/usePolled.ts";
import { taken } from "../ui/values.ts";
import { StatusDialog } from "./CampaignStatus.tsx";
import { LeadsDialog } from "./LeadsDialog.tsx";
import { useNames } from "./SetupTables.tsx";
import { type Campaign, type Dialer, type Verb, fieldsOf, verbsOf, worst } from "./campaigns.ts";
import { P } from "./words.ts";

const EVERY_MS = 5_000;

const COLUMNS: Column<Campaign>[] = [
  { head: P.fields.name, cell: ({ name }) => name },
  { head: P.fields.title, cell: ({ title }) => title },
  { head: P.fields.state, cell: ({ state }) => <State state={state} /> },
  { head: P.campaigns.ready, cell: ({ leads }) => leads.ready ?? 0 },
  { head: P.campaigns.drops, cell: ({ drops }) => worst(drops) },
];

function State({ state }: { state: string }) {
  return <span className="badge">{P.campaigns.states[state] ?? state}</span>;
}

type Open = { sort: "add" } | { sort: "change" | "status" | "leads" | "reset"; campaign: Campaign } | { sort: "move"; campaign: Campaign; verb: Verb } | null;

export function CampaignsPage({ isAdmin }: { isAdmin: boolean }) {
  const { data, again } = usePolled<{ items: Campaign[]; dialer: Dialer }>("/campaigns", EVERY_MS);
  const [open, setOpen] = useState<Open>(null);
  const done = async (text: string) => {
    tell(text);
    setOpen(null);
    await again();
  };
  return (
    <>
      <PageHead page="campaigns">{isAdmin && <AddButton called="campaign" onAdd={() => setOpen({ sort: "add" })} />}</PageHead>
      {data && !data.dialer.running && data.items.length > 0 && (
        <p className="caution">
          {P.campaigns.dialer}: {P.campaigns.away}
        </p>
      )}
      <ListTable
        items={data?.items ?? null}
        columns={COLUMNS}
        keyOf={({ name }) => name}
        actions={(campaign) => <Actions campaign={campaign} isAdmin={isAdmin} onOpen={setOpen} />}
      />
      {open && <Window open={open} isAdmin={isAdmin} onOpen={setOpen} onDone={done} again={again} />}
    </>
  );
}

interface ActionsProps {
  campaign: Campaign;
  isAdmin: boolean;
  onOpen: (open: Open) => void;
}

function Actions({ campaign, isAdmin, onOpen }: ActionsProps) {
  const { name, state, kind } = campaign;
  return (
    <>
      <LineButton isQuiet={false} label={P.campaigns.statusOf(name)} text={P.campaigns.status} onClick={() => onOpen({ sort: "status", campaign })} />
      {verbsOf(state, isAdmin).map((verb) => (
        <LineButton key={verb} label={`${P.campaigns.verbs[verb]} ${name}`} text={P.campaigns.verbs[verb]} onClick={() => onOpen({ sort: "move", campaign, verb })} />
      ))}
      {isAdmin && kind !== "callback" && (
        <LineButton label={P.campaigns.leadsOf(name)} text={P.campaigns.leads} onClick={() => onOpen({ sort: "leads", campaign })} />
      )}
      {isAdmin && <LineButton label={P.editOne(name)} text={P.edit} onClick={() => onOpen({ sort: "change", campaign })} />}
    </>
  );
}

interface WindowProps {
  open: NonNullable<Open>;
  isAdmin: boolean;
  onOpen: (open: Open) => void;
  onDone: (text: string) => Promise<void>;
  again: () => Promise<void>;
}

function Window({ open, isAdmin, onOpen, onDone, again }: WindowProps) {
  const close = () => onOpen(null);
  if (open.sort === "add") return <NewDialog onDone={onDone} onClose={close} />;
  const { name } = open.campaign;
  const reset = async () => {
    const { ready } = await post<{ ready: number }>(`${pathOf(name)}/leads/reset`, {});
    await onDone(P.campaigns.resetDone(ready));
  };
  const move = async (verb: Verb) => {
    const { state, notes } = await post<{ state: string; notes: string[] }>(`${pathOf(name)}/state`, { state: verb });
    await onDone(P.campaigns.is(name, P.campaigns.states[state] ?? state, notes));
  };
  switch (open.sort) {
    case "status":
      return <StatusDialog name={name} onReset={isAdmin ? () => onOpen({ sort: "reset", campaign: open.campaign }) : null} onClose={close} />;
    case "leads":
      return <LeadsDialog name={name} onTaken={again} onClose={close} />;
    case "change":
      return <ChangeDialog name={name} onDone={onDone} onClose={close} />;
    case "reset":
      return <Ask title={P.campaigns.resetAsk(name)} go={P.campaigns.reset} onGo={reset} onClose={close} />;
    case "move":
      return <Ask title={P.campaigns.asks[open.verb]?.(name) ?? ""} go={P.campaigns.verbs[open.verb] ?? ""} isDanger={open.verb === "drain" || open.verb === "end"} onGo={() => move(open.verb)} onClose={close} />;
  }
}

const pathOf = (name: string) => `/campaigns/${encodeURIComponent(name)}`;
const ANY_FIELD = (_: string, key: string) => key;

interface DialogProps {
  onDone: (text: string) => Promise<void>;
  onClose: () => void;
}

const SOURCES = { queue: "/setup/queues", trunk: "/setup/trunks" };

function NewDialog({ onDone, onClose }: DialogProps) {
  const names = useNames(SOURCES);
  const save = async (values: Fields) => {
    const { name, notes } = await post<{ name: string; notes: string[] }>("/campaigns", values);
    await onDone([P.saved(name), ...notes].join(" "));
  };
  return (
    <Dialog title={P.add("campaign")} onClose={onClose}>
      <EntryForm schema="NewCampaign" begin={{ kind: "sales" }} names={names} fieldFor={ANY_FIELD} onSave={save} onClose={onClose} />
    </Dialog>
  );
}

interface Seen {
  campaign: Campaign;
  tag: string;
}

function ChangeDialog({ name, onDone, onClose }: DialogProps & { name: string }) {
  const names = useNames(SOURCES);
  const [seen, setSeen] = useState<Seen | null>(null);
  const look = useCallback(async () => {
    const { data, tag } = await ask<Campaign>(pathOf(name));
    setSeen({ campaign: data, tag });
    return data;
  }, [name]);
  useEffect(() => {
    look().catch(tellError);
  }, [look]);
  const save = async (values: Fields) => {
    const { data } = await ask<{ notes: string[] }>(pathOf(name), { method: "PUT", body: values, ifMatch: seen?.tag ?? "" });
    await onDone([P.saved(name), ...data.notes].join(" "));
  };
  const { fields, without } = fieldsOf(seen?.campaign.kind ?? "");
  const stale = async () => taken(await look(), fields);
  return (
    <Dialog title={P.editOne(name)} onClose={onClose}>
      {!seen && <p className="empty">{T.loading}</p>}
      {seen && (
        <EntryForm
          schema="CampaignChange"
          begin={taken(seen.campaign, fields)}
          names={names}
          without={without}
          fieldFor={ANY_FIELD}
          onSave={save}
          onStale={stale}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}
