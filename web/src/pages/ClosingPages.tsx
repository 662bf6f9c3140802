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
  const [prompts, setPrompts] = useState<Prompt[]>([]);
  const [prompt, setPrompt] = useState("closed");
  const [asking, setAsking] = useState(false);
  // Somebody else may close or open it as well.
  const told = useLive((state) => state.closure.closure);
  useEffect(() => {
    if (told !== undefined) void again();
  }, [told, again]);
  useEffect(() => {
    closingPrompts().then(setPrompts, () => undefined);
  }, []);
  const put = async (method: "POST" | "DELETE") => {
    const { data: now } = await ask<Closure>("/closure", { method, ...(method === "POST" ? { body: { prompt } } : {}) });
    setTroubles(now.troubles);
    await again();
  };
  if (!data) return <p className="empty">{T.loading}</p>;
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.closure}</h1>
      </div>
      <section className={data.closed ? "card closed" : "card"} aria-live="polite">
        <p>
          <strong>{data.closed ? P.closure.closed(data.prompt ?? "") : P.closure.open}</strong>
        </p>
        {data.closed && <p>{P.closure.by(data.by ?? "", when(data.since))}</p>}
        {troubles.length > 0 && (
          <div className="fault">
            <p>{P.closure.half}</p>
            {troubles.map((text) => (
              <p key={text}>{text}</p>
            ))}
          </div>
        )}
        {mayClose && data.closed && (
          <div>
            <button type="button" className="primary" onClick={() => void put("DELETE").catch(tellError)}>
              {P.closure.reopen}
            </button>
          </div>
        )}
        {mayClose && !data.closed && (
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
          </div>
        )}
      </section>
      {asking && <Ask title={P.closure.ask} go={P.closure.close} onGo={() => put("POST")} onClose={() => setAsking(false)} />}
    </>
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

export function BlocksPage() {
  const { seen, again } = useList<Block>("/blocks");
  const [open, setOpen] = useState<"add" | Block | null>(null);
  const add = async (values: Fields) => {
    const made = await post<Block>("/blocks", values);
    tell(P.saved(made.number));
    setOpen(null);
    await again();
  };
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.blocks}</h1>
        <button type="button" className="primary" onClick={() => setOpen("add")}>
          {P.add("number")}
        </button>
      </div>
      {!seen && <p className="empty">{T.loading}</p>}
      {seen?.items.length === 0 && <p className="empty">{T.nothing}</p>}
      {seen && seen.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              {[P.fields.number, P.fields.reason, P.fields.created, P.actions].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seen.items.map((one) => (
              <tr key={one.number}>
                <th scope="row">{one.number}</th>
                <td>{one.reason || P.none}</td>
                <td>{when(one.since)}</td>
                <td className="actions">
                  <button type="button" className="quiet" aria-label={P.removeOne(one.number)} onClick={() => setOpen(one)}>
                    {P.remove}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {open === "add" && (
        <Dialog title={P.add("number")} onClose={() => setOpen(null)}>
          <EntryForm schema="NewBlock" begin={{}} fieldFor={NUMBER_FIELD} onSave={add} onClose={() => setOpen(null)} />
        </Dialog>
      )}
      {open !== null && open !== "add" && (
        <Ask
          title={P.removeAsk(open.number)}
          go={P.remove}
          onClose={() => setOpen(null)}
          onGo={async () => {
            await ask(`/blocks/${encodeURIComponent(open.number)}`, { method: "DELETE" });
            await again();
          }}
        />
      )}
    </>
  );
}

interface Dnc extends Block {
  campaign: string | null;
}

export function DncPage({ mayRemove }: { mayRemove: boolean }) {
  const [found, setFound] = useState<{ number: string; items: Dnc[] } | null>(null);
  const [open, setOpen] = useState<"add" | Dnc | null>(null);
  const look = async (number: string) => {
    const { items } = await get<{ items: Dnc[] }>(`/dnc?number=${encodeURIComponent(number)}`);
    setFound({ number, items });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    look(String(new FormData(event.currentTarget).get("number"))).catch(tellError);
  };
  const add = async (values: Fields) => {
    const made = await post<Dnc>("/dnc", values);
    setOpen(null);
    await look(made.number);
  };
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.dnc}</h1>
        <button type="button" className="primary" onClick={() => setOpen("add")}>
          {P.add("number")}
        </button>
      </div>
      <form className="row" onSubmit={submit}>
        <label>
          {P.dnc.ask}
          <input name="number" type="tel" required maxLength={40} autoComplete="off" />
        </label>
        <button type="submit">{P.dnc.look}</button>
      </form>
      <div aria-live="polite">
        {found?.items.length === 0 && <p className="empty">{P.dnc.free(found.number)}</p>}
        {found && found.items.length > 0 && (
          <table className="list">
            <thead>
              <tr>
                {[P.fields.number, P.fields.campaign, P.fields.reason, P.fields.created, ...(mayRemove ? [P.actions] : [])].map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {found.items.map((one) => (
                <tr key={one.campaign ?? ""}>
                  <th scope="row">{one.number}</th>
                  <td>{one.campaign ?? P.dnc.all}</td>
                  <td>{one.reason || P.none}</td>
                  <td>{when(one.since)}</td>
                  {mayRemove && (
                    <td className="actions">
                      <button type="button" className="quiet" aria-label={P.removeOne(one.number)} onClick={() => setOpen(one)}>
                        {P.remove}
                      </button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {open === "add" && (
        <Dialog title={P.add("number")} onClose={() => setOpen(null)}>
          <EntryForm schema="NewDnc" begin={{}} fieldFor={NUMBER_FIELD} onSave={add} onClose={() => setOpen(null)} />
        </Dialog>
      )}
      {open !== null && open !== "add" && (
        <Ask
          title={P.dnc.removeAsk(open.number)}
          go={P.remove}
          onClose={() => setOpen(null)}
          onGo={async () => {
            const only = open.campaign ? `?campaign=${open.campaign}` : "";
            await ask(`/dnc/${encodeURIComponent(open.number)}${only}`, { method: "DELETE" });
            await look(open.number);
          }}
        />
      )}
    </>
  );
}
