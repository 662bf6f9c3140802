// Windows of a campaign: add, change, import leads, start and stop, call those done once more.
import { useCallback, useEffect, useState } from "react";
import { ask, post } from "../api/client.ts";
import type { Fields } from "../flow/body.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask } from "../ui/Ask.tsx";
import { EntryForm } from "../ui/EntryForm.tsx";
import { LineButton } from "../ui/ListTable.tsx";
import { taken } from "../ui/values.ts";
import { LeadsDialog } from "./LeadsDialog.tsx";
import { useNames } from "./SetupTables.tsx";
import { type Campaign, type Verb, fieldsOf, pathOf, verbsOf } from "./campaigns.ts";
import { P } from "./words.ts";

type Named = Pick<Campaign, "name" | "state" | "kind">;
export type Open = { sort: "add" } | { sort: "change" | "leads" | "reset"; campaign: Named } | { sort: "move"; campaign: Named; verb: Verb } | null;

interface ActionsProps {
  campaign: Named;
  isAdmin: boolean;
  onOpen: (open: Open) => void;
}

/** What may be done with a campaign as it stands. */
export function CampaignActions({ campaign, isAdmin, onOpen }: ActionsProps) {
  const { name, state, kind } = campaign;
  return (
    <>
      {verbsOf(state, isAdmin).map((verb, place) => (
        <LineButton key={verb} isQuiet={place > 0} label={`${P.campaigns.verbs[verb]} ${name}`} text={P.campaigns.verbs[verb]} onClick={() => onOpen({ sort: "move", campaign, verb })} />
      ))}
      {isAdmin && kind !== "callback" && (
        <LineButton label={P.campaigns.leadsOf(name)} text={P.campaigns.leads} onClick={() => onOpen({ sort: "leads", campaign })} />
      )}
      {isAdmin && <LineButton label={P.editOne(name)} text={P.edit} onClick={() => onOpen({ sort: "change", campaign })} />}
    </>
  );
}

/** Which window is open, and what is done when it has done its work. */
export function useWindow(again: () => Promise<void>) {
  const [open, setOpen] = useState<Open>(null);
  const done = async (text: string) => {
    tell(text);
    setOpen(null);
    await again();
  };
  return { open, setOpen, done };
}

interface WindowProps {
  open: NonNullable<Open>;
  onOpen: (open: Open) => void;
  onDone: (text: string) => Promise<void>;
  again: () => Promise<void>;
}

export function CampaignWindow({ open, onOpen, onDone, again }: WindowProps) {
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
