// The centre itself, secrets of other systems, and where opening hours are kept.
import { type FormEvent, useEffect, useState } from "react";
import { ask, get } from "../api/client.ts";
import { type Fields, isFields } from "../flow/body.ts";
import { useLive } from "../live.ts";
import { toNode } from "../shell/route.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask } from "../ui/Ask.tsx";
import { EntryForm } from "../ui/EntryForm.tsx";
import { PendingBar, type PendingShown } from "../ui/Pending.tsx";
import { SecretDialog } from "../ui/Secret.tsx";
import { ofCentre } from "../ui/faults.ts";
import { useAnswer, useList } from "../ui/useList.ts";
import { P } from "./words.ts";

interface Centre {
  identity: Fields;
  allow: Fields[];
  payment: string;
  mail: Fields | null;
  emergency_numbers: string[];
  warnings: string[];
}

interface Seen {
  centre: Centre;
  tag: string;
}

const withoutNulls = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

function valuesOf({ identity, allow, payment, mail }: Centre): Fields {
  return { identity, allow, payment, ...(mail ? { mail: withoutNulls(mail) } : {}) };
}

export function CentrePage({ mayEdit }: { mayEdit: boolean }) {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [shown, setShown] = useState(0);
  const pending = useAnswer<PendingShown>("/setup/pending");
  const look = async (): Promise<Seen> => {
    const { data, tag } = await ask<Centre>("/setup/centre");
    return { centre: data, tag };
  };
  useEffect(() => {
    look().then(setSeen, tellError);
  }, []);
  if (!seen) return <p className="empty">{T.loading}</p>;
  const save = async (values: Fields) => {
    const { data, tag } = await ask<Centre>("/setup/centre", { method: "PUT", body: values, ifMatch: seen.tag });
    setSeen({ centre: data, tag });
    setShown(shown + 1);
    tell(P.saved(P.nav.centre ?? ""));
    void pending.again();
  };
  const stale = async () => {
    const now = await look();
    setSeen({ ...seen, tag: now.tag });
    return valuesOf(now.centre);
  };
  const { warnings, emergency_numbers } = seen.centre;
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.centre}</h1>
      </div>
      <PendingBar pending={pending.data} mayEdit={mayEdit} onDone={() => void pending.again()} />
      <div className="card">
        <EntryForm
          key={shown}
          schema="CentreSet"
          begin={valuesOf(seen.centre)}
          names={{ language: ["en", "es", "fr"] }}
          disabled={!mayEdit}
          fieldFor={ofCentre}
          onSave={save}
          onStale={stale}
        />
      </div>
      <p className="about">{P.centre.emergency(emergency_numbers.join(", "))}</p>
      {warnings.length > 0 && (
        <section aria-labelledby="warnings" className="stack">
          <h2 id="warnings">{P.centre.warnings}</h2>
          <ul className="plain">
            {warnings.map((text) => (
              <li key={text} className="caution">
                {text}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface Secret {
  name: string;
  is_set: boolean;
  needed_by: string;
}

export function SecretsPage() {
  const { seen, again } = useList<Secret>("/setup/secrets");
  const [open, setOpen] = useState<{ sort: "set" | "remove"; name: string } | null>(null);
  const another = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setOpen({ sort: "set", name: String(new FormData(event.currentTarget).get("name")) });
  };
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.secrets}</h1>
      </div>
      {seen?.items.length === 0 && <p className="empty">{T.nothing}</p>}
      {seen && seen.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              {[P.fields.name, P.fields.set, P.fields.needed, P.actions].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seen.items.map(({ name, is_set, needed_by }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{is_set ? P.yes : P.no}</td>
                <td>{needed_by || P.none}</td>
                <td className="actions">
                  <button type="button" aria-label={P.secrets.setOne(name)} onClick={() => setOpen({ sort: "set", name })}>
                    {P.secrets.set}
                  </button>
                  {is_set && (
                    <button type="button" className="quiet" aria-label={P.removeOne(name)} onClick={() => setOpen({ sort: "remove", name })}>
                      {P.remove}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <form className="row" onSubmit={another}>
        <label>
          {P.secrets.another}
          <input name="name" required pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*" maxLength={32} autoComplete="off" />
        </label>
        <button type="submit">{P.secrets.set}</button>
      </form>
      {open?.sort === "set" && (
        <SecretDialog
          title={P.secrets.setOne(open.name)}
          label={P.secrets.word}
          path={`/setup/secrets/${open.name}`}
          onDone={() => void again()}
          onClose={() => setOpen(null)}
        />
      )}
      {open?.sort === "remove" && (
        <Ask
          title={P.removeAsk(open.name)}
          go={P.remove}
          onClose={() => setOpen(null)}
          onGo={async () => {
            await ask(`/setup/secrets/${open.name}`, { method: "DELETE" });
            await again();
          }}
        />
      )}
    </>
  );
}

interface HoursNode {
  flow: string;
  node: string;
  hours: Fields;
}

interface Content {
  body: { nodes: Record<string, Fields> };
}

const DAYS = Object.keys(P.hours.days);

export function HoursPage() {
  const [found, setFound] = useState<HoursNode[] | null>(null);
  const published = useLive((state) => state.flows);
  useEffect(() => {
    allHours().then(setFound, tellError);
  }, [published]);
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.hours}</h1>
      </div>
      <p className="about">{P.hours.about}</p>
      {!found && <p className="empty">{T.loading}</p>}
      {found?.length === 0 && <p className="empty">{P.hours.none}</p>}
      {found?.map(({ flow, node, hours }) => (
        <section key={`${flow} ${node}`} className="card" aria-label={`${flow}, ${node}`}>
          <h2>
            <a href={toNode(flow, node)}>
              {flow}: {node}
            </a>
          </h2>
          <dl className="facts">
            <Fact label={P.hours.zone} text={String(hours.timezone ?? "")} />
            {DAYS.map((day) => (
              <Fact key={day} label={P.hours.days[day] ?? day} text={spansOf(isFields(hours.weekly) ? hours.weekly[day] : undefined)} />
            ))}
            <Fact label={P.hours.holidays} text={Array.isArray(hours.holidays) ? hours.holidays.join(", ") || P.none : P.none} />
            {Object.entries(isFields(hours.exceptions) ? hours.exceptions : {}).map(([date, spans]) => (
              <Fact key={date} label={date} text={spansOf(spans)} />
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}

function Fact({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function spansOf(spans: unknown): string {
  return Array.isArray(spans) && spans.length > 0 ? spans.join(", ") : P.hours.closed;
}

/** What is live of each flow, else what a draft would begin with. */
async function allHours(): Promise<HoursNode[]> {
  const { items } = await get<{ items: { name: string }[] }>("/flows");
  const bodies = await Promise.all(items.map(async ({ name }) => ({ name, content: await get<Content>(`/flows/${name}/content`) })));
  return bodies.flatMap(({ name, content }) =>
    Object.entries(content.body.nodes).flatMap(([node, fields]) =>
      fields.kind === "hours" && isFields(fields.hours) ? [{ flow: name, node, hours: fields.hours }] : [],
    ),
  );
}
