// Emergency closure, block list, do-not-call list: what is done here is so at once.
import { type FormEvent, useEffect, useState } from "react";
import { ask, get, post } from "../api/client.ts";
import type { Fields } from "../flow/body.ts";
import { useLive } from "../live.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask } from "../ui/Ask.tsx";
import { EntryForm } from "../ui/EntryForm.tsx";
import { AddButton, type Column, LineButton, ListTable, PageHead } from "../ui/ListTable.tsx";
import { useAnswer, useList } from "../ui/useList.ts";
import { P } from "./words.ts";

interface Closure {
  closed: boolean;
  prompt: string | null;
  by: string | null;
  since: string | null;
  troubles: string[];
}

interface Prompt {
  key: string;
  text: string;
  source: string;
}

export function when(iso: string | null): string {
  return iso ? new Date(iso).toLocaleString() : P.none;
}

export function ClosurePage({ mayClose }: { mayClose: boolean }) {
  const { data, again } = useAnswer<Closure>("/closure");
  const [troubles, setTroubles] = useState<string[]>([]);
  // Somebody else may close or open it as well.
  const told = useLive((state) => state.closure.closure);
  useEffect(() => {
    if (told !== undefined) void again();
  }, [told, again]);
  const put = async (method: "POST" | "DELETE", prompt?: string) => {
    const { data: now } = await ask<Closure>("/closure", { method, ...(prompt ? { body: { prompt } } : {}) });
    setTroubles(now.troubles);
    await again();
  };
  if (!data) return <p className="empty">{T.loading}</p>;
  return (
    <>
      <PageHead page="closure" />
      <section className={data.closed ? "panel closed" : "panel"} aria-live="polite">
        <p>
          <strong>{data.closed ? P.closure.closed(data.prompt ?? "") : P.closure.open}</strong>
        </p>
        {data.closed && <p>{P.closure.by(data.by ?? "", when(data.since))}</p>}
        <Troubles texts={troubles} />
        {mayClose && data.closed && (
          <div>
            <button type="button" className="primary" onClick={() => void put("DELETE").catch(tellError)}>
              {P.closure.reopen}
            </button>
          </div>
        )}
        {mayClose && !data.closed && <Closing onClosed={(prompt) => put("POST", prompt)} />}
      </section>
    </>
  );
}

function Troubles({ texts }: { texts: string[] }) {
  if (texts.length === 0) return null;
  return (
    <div className="fault">
      <p>{P.closure.half}</p>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}

/** Which prompt callers hear, and the button that is asked about once more. */
function Closing({ onClosed }: { onClosed: (prompt: string) => Promise<void> }) {
  const [prompts, setPrompts] = useState<Prompt[]>([]);
  const [prompt, setPrompt] = useState("closed");
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    closingPrompts().then(setPrompts, () => undefined);
  }, []);
  return (
    <div className="row">
      <label>
        {P.closure.prompt}
        <select value={prompt} onChange={(event) => setPrompt(event.target.value)}>
          {(prompts.length > 0 ? prompts : [{ key: "closed", text: "" }]).map(({ key, text }) => (
            <option key={key} value={key}>
              {text ? `${key}: ${text.slice(0, 60)}` : key}
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="danger" onClick={() => setAsking(true)}>
        {P.closure.close}
      </button>
      {asking && <Ask title={P.closure.ask} go={P.closure.close} onGo={() => onClosed(prompt)} onClose={() => setAsking(false)} />}
    </div>
  );
}

/** Prompts that can be heard, those that speak of being closed first. */
async function closingPrompts(): Promise<Prompt[]> {
  const language = (await get<{ identity: { language: string } }>("/setup/centre")).identity.language;
  const { items } = await get<{ items: (Prompt & { piece: boolean })[] }>(`/prompts/${language}`);
  const heard = items.filter(({ source, piece }) => source !== "missing" && !piece);
  return [...heard.filter(({ key }) => key.startsWith("closed")), ...heard.filter(({ key }) => !key.startsWith("closed"))];
}

interface Block {
  number: string;
  reason: string;
  since: string;
}

const NUMBER_FIELD = (_: string, key: string) => key;

const BLOCK_COLUMNS: Column<Block>[] = [
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.fields.reason, cell: ({ reason }) => reason || P.none },
  { head: P.fields.created, cell: ({ since }) => when(since) },
];

export function BlocksPage() {
  const { seen, again } = useList<Block>("/blocks", ["block"]);
  const [open, setOpen] = useState<"add" | Block | null>(null);
  const close = () => setOpen(null);
  const add = async (values: Fields) => {
    const made = await post<Block>("/blocks", values);
    tell(P.saved(made.number));
    close();
    await again();
  };
  const remove = async (number: string) => {
    await ask(`/blocks/${encodeURIComponent(number)}`, { method: "DELETE" });
    await again();
  };
  return (
    <>
      <PageHead page="blocks">
        <AddButton called="number" onAdd={() => setOpen("add")} />
      </PageHead>
      <ListTable
        items={seen?.items ?? null}
        columns={BLOCK_COLUMNS}
        keyOf={({ number }) => number}
        actions={(one) => <LineButton label={P.removeOne(one.number)} text={P.remove} onClick={() => setOpen(one)} />}
      />
      {open === "add" && <AddNumber schema="NewBlock" onSave={add} onClose={close} />}
      {open !== null && open !== "add" && <Ask title={P.removeAsk(open.number)} go={P.remove} onClose={close} onGo={() => remove(open.number)} />}
    </>
  );
}

function AddNumber({ schema, onSave, onClose }: { schema: string; onSave: (values: Fields) => Promise<void>; onClose: () => void }) {
  return (
    <Dialog title={P.add("number")} onClose={onClose}>
      <EntryForm schema={schema} begin={{}} fieldFor={NUMBER_FIELD} onSave={onSave} onClose={onClose} />
    </Dialog>
  );
}

interface Dnc extends Block {
  campaign: string | null;
}

const DNC_COLUMNS: Column<Dnc>[] = [
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.fields.campaign, cell: ({ campaign }) => campaign ?? P.dnc.all },
  { head: P.fields.reason, cell: ({ reason }) => reason || P.none },
  { head: P.fields.created, cell: ({ since }) => when(since) },
];

export function DncPage({ mayRemove }: { mayRemove: boolean }) {
  const [found, setFound] = useState<{ number: string; items: Dnc[] } | null>(null);
  const [open, setOpen] = useState<"add" | Dnc | null>(null);
  const close = () => setOpen(null);
  const look = async (number: string, unattended = false) => {
    const { items } = await get<{ items: Dnc[] }>(`/dnc?number=${encodeURIComponent(number)}`, { unattended });
    setFound({ number, items });
  };
  const mark = useLive(({ lists }) => lists.dnc ?? 0);
  useEffect(() => {
    if (found) look(found.number, true).catch(() => undefined);
  }, [mark]);
  const add = async (values: Fields) => {
    const made = await post<Dnc>("/dnc", values);
    close();
    await look(made.number);
  };
  const remove = async ({ number, campaign }: Dnc) => {
    await ask(`/dnc/${encodeURIComponent(number)}${campaign ? `?campaign=${campaign}` : ""}`, { method: "DELETE" });
    await look(number);
  };
  const removing = (one: Dnc) => <LineButton label={P.removeOne(one.number)} text={P.remove} onClick={() => setOpen(one)} />;
  return (
    <>
      <PageHead page="dnc">
        <AddButton called="number" onAdd={() => setOpen("add")} />
      </PageHead>
      <LookUp onLook={look} />
      <div aria-live="polite">
        {found?.items.length === 0 && <p className="empty">{P.dnc.free(found.number)}</p>}
        {found && found.items.length > 0 && (
          <ListTable items={found.items} columns={DNC_COLUMNS} keyOf={({ campaign }) => campaign ?? ""} {...(mayRemove ? { actions: removing } : {})} />
        )}
      </div>
      {open === "add" && <AddNumber schema="NewDnc" onSave={add} onClose={close} />}
      {open !== null && open !== "add" && <Ask title={P.dnc.removeAsk(open.number)} go={P.remove} onClose={close} onGo={() => remove(open)} />}
    </>
  );
}

function LookUp({ onLook }: { onLook: (number: string) => Promise<void> }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onLook(String(new FormData(event.currentTarget).get("number"))).catch(tellError);
  };
  return (
    <form className="row" onSubmit={submit}>
      <label>
        {P.dnc.ask}
        <input name="number" type="tel" required maxLength={40} autoComplete="off" />
      </label>
      <button type="submit">{P.dnc.look}</button>
    </form>
  );
}
