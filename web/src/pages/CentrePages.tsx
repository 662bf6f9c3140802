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
import { type Column, LineButton, ListTable, PageHead } from "../ui/ListTable.tsx";
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
  sip: Fields;
  emergency: string[];
  emergency_numbers: string[];
  warnings: string[];
}

interface Seen {
  centre: Centre;
  tag: string;
}

const withoutNulls = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

function valuesOf({ identity, allow, payment, mail, sip, emergency }: Centre): Fields {
  return { identity, allow, payment, ...(mail ? { mail: withoutNulls(mail) } : {}), sip: withoutNulls(sip), emergency };
}

const NAMES = { language: ["en", "es", "fr"] };

async function look(): Promise<Seen> {
  const { data, tag } = await ask<Centre>("/setup/centre");
  return { centre: data, tag };
}

export function CentrePage({ mayEdit }: { mayEdit: boolean }) {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [shown, setShown] = useState(0);
  const pending = useAnswer<PendingShown>("/setup/pending", ["setup"]);
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
      <PageHead page="centre" />
      <PendingBar pending={pending.data} mayEdit={mayEdit} onDone={() => void pending.again()} />
      <div className="panel">
        <EntryForm key={shown} schema="CentreSet" begin={valuesOf(seen.centre)} names={NAMES} disabled={!mayEdit} fieldFor={ofCentre} onSave={save} onStale={stale} />
      </div>
      <p className="about">{P.centre.emergency(emergency_numbers.join(", "))}</p>
      <Warnings texts={warnings} />
    </>
  );
}

function Warnings({ texts }: { texts: string[] }) {
  if (texts.length === 0) return null;
  return (
    <section aria-labelledby="warnings" className="stack">
      <h2 id="warnings">{P.centre.warnings}</h2>
      <ul className="plain">
        {texts.map((text) => (
          <li key={text} className="caution">
            {text}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Secret {
  name: string;
  is_set: boolean;
  needed_by: string;
}

const SECRET_COLUMNS: Column<Secret>[] = [
  { head: P.fields.name, cell: ({ name }) => name },
  { head: P.fields.set, cell: ({ is_set }) => (is_set ? P.yes : P.no) },
  { head: P.fields.needed, cell: ({ needed_by }) => needed_by || P.none },
];

export function SecretsPage() {
  const { seen, again } = useList<Secret>("/setup/secrets", ["setup"]);
  const [open, setOpen] = useState<{ sort: "set" | "remove"; name: string } | null>(null);
  const close = () => setOpen(null);
  const remove = async (name: string) => {
    await ask(`/setup/secrets/${name}`, { method: "DELETE" });
    await again();
  };
  const actions = ({ name, is_set }: Secret) => (
    <>
      <LineButton isQuiet={false} label={P.secrets.setOne(name)} text={P.secrets.set} onClick={() => setOpen({ sort: "set", name })} />
      {is_set && <LineButton label={P.removeOne(name)} text={P.remove} onClick={() => setOpen({ sort: "remove", name })} />}
    </>
  );
  return (
    <>
      <PageHead page="secrets" />
      <ListTable items={seen?.items ?? null} columns={SECRET_COLUMNS} keyOf={({ name }) => name} actions={actions} />
      <Another onName={(name) => setOpen({ sort: "set", name })} />
      {open?.sort === "set" && (
        <SecretDialog
          title={P.secrets.setOne(open.name)}
          label={P.secrets.word}
          path={`/setup/secrets/${open.name}`}
          onDone={() => void again()}
          onClose={close}
        />
      )}
      {open?.sort === "remove" && <Ask title={P.removeAsk(open.name)} go={P.remove} onClose={close} onGo={() => remove(open.name)} />}
    </>
  );
}

function Another({ onName }: { onName: (name: string) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onName(String(new FormData(event.currentTarget).get("name")));
  };
  return (
    <form className="row" onSubmit={submit}>
      <label>
        {P.secrets.another}
        <input name="name" required pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*" maxLength={32} autoComplete="off" />
      </label>
      <button type="submit">{P.secrets.set}</button>
    </form>
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
      <PageHead page="hours" />
      {!found && <p className="empty">{T.loading}</p>}
      {found?.length === 0 && <p className="empty">{P.hours.none}</p>}
      {found?.map(({ flow, node, hours }) => (
        <section key={`${flow} ${node}`} className="panel" aria-label={`${flow}, ${node}`}>
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
