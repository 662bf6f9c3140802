// Agents with PINs and phones, trunks with passwords.
import { useState } from "react";
import { post } from "../api/client.ts";
import type { Fields, Json } from "../flow/body.ts";
import { Ask, Once } from "../ui/Ask.tsx";
import { LineButton } from "../ui/ListTable.tsx";
import { SecretDialog } from "../ui/Secret.tsx";
import { type TableOf, TablePage } from "../ui/TablePage.tsx";
import { useNames } from "./SetupTables.tsx";
import { P } from "./words.ts";

interface Agent {
  id: string;
  name: string;
  phone: string;
  queues: string[];
  skills: Record<string, number>;
  pin: boolean;
}

interface Phone {
  user: string;
  password: string;
  server: string;
  port: number;
}

const AGENTS: TableOf<Agent> = {
  page: "agents",
  path: "/setup/agents",
  table: "agent",
  called: "agent",
  key: "id",
  schemas: { add: "NewAgent", change: "AgentChange" },
  fields: ["name", "phone", "queues", "skills"],
  columns: [
    { head: P.fields.id, cell: ({ id }) => id },
    { head: P.fields.name, cell: ({ name }) => name },
    { head: P.fields.phone, cell: ({ phone }) => phone },
    { head: P.fields.queues, cell: ({ queues }) => queues.join(", ") || P.none },
    { head: P.fields.skills, cell: ({ skills }) => Object.entries(skills).map(([name, level]) => `${name} ${level}`).join(", ") || P.none },
    { head: P.fields.pin, cell: ({ pin }) => (pin ? P.yes : P.agents.noPin) },
  ],
};

function phoneRows({ user, password, server, port }: Phone): [string, string][] {
  return [
    [P.fields.user, user],
    [P.fields.password, password],
    [P.fields.server, server],
    [P.fields.port, String(port)],
  ];
}

type Asked = { sort: "pin" | "phone"; agent: Agent } | null;

interface Given {
  title: string;
  rows: [string, string][];
}

export function AgentsPage({ mayEdit }: { mayEdit: boolean }) {
  const names = useNames({ queue: "/setup/queues" });
  const [once, setOnce] = useState<Given | null>(null);
  const [asked, setAsked] = useState<Asked>(null);
  const [again, setAgain] = useState<() => void>(() => () => undefined);
  const made = (answer: Record<string, unknown>) => {
    const { agent, pin, phone } = answer as unknown as { agent: Agent; pin: string; phone: Phone };
    setOnce({ title: P.agents.made(agent.name), rows: [[P.fields.pin, pin], ...phoneRows(phone)] });
  };
  const give = async () => {
    if (!asked) return;
    setOnce(await given(asked));
    again();
  };
  const actions = (agent: Agent, refresh: () => void) =>
    SECRETS.map(([sort, text]) => {
      const open = () => {
        setAgain(() => refresh);
        setAsked({ sort, agent });
      };
      return <LineButton key={sort} label={`${text}: ${agent.name}`} text={text} onClick={open} />;
    });
  const picks = (values: Fields, change: PicksProps["change"]) => <QueuePicks known={names.queue ?? []} values={values} change={change} />;
  return (
    <>
      <TablePage of={AGENTS} mayEdit={mayEdit} names={names} without={["queues"]} more={picks} actions={actions} onAdded={made} />
      {asked && <Ask {...wordsOf(asked)} isDanger={false} onGo={give} onClose={() => setAsked(null)} />}
      {once && <Once {...once} onClose={() => setOnce(null)} />}
    </>
  );
}

const SECRETS = [
  ["pin", P.agents.newPin],
  ["phone", P.agents.newPhone],
] as const;

function wordsOf({ sort, agent }: NonNullable<Asked>): { title: string; go: string } {
  if (sort === "pin") return { title: P.agents.pinAsk(agent.name), go: P.agents.newPin };
  return { title: P.agents.phoneAsk(agent.name), go: P.agents.newPhone };
}

/** Has the desk make a new secret of an agent; returns it to be shown once. */
async function given({ sort, agent }: NonNullable<Asked>): Promise<Given> {
  const path = `/setup/agents/${agent.id}`;
  const title = P.agents.made(agent.name);
  if (sort === "phone") return { title, rows: phoneRows(await post<Phone>(`${path}/phone-password`, undefined)) };
  const { pin } = await post<{ pin: string }>(`${path}/pin`, {});
  return { title, rows: [[P.fields.pin, pin]] };
}

interface PicksProps {
  known: string[];
  values: Fields;
  change: (path: string[], value: Json | undefined) => void;
}

/** A tick for each queue. One that is gone is shown as long as it is ticked. */
function QueuePicks({ known, values, change }: PicksProps) {
  const picked = Array.isArray(values.queues) ? values.queues.map(String) : [];
  const all = [...new Set([...known, ...picked])];
  return (
    <fieldset className="group">
      <legend>{P.fields.queues}</legend>
      {all.length === 0 && <p className="about">{P.agents.noQueues}</p>}
      <div className="picks">
        {all.map((queue) => (
          <label key={queue} className="check">
            <input
              type="checkbox"
              checked={picked.includes(queue)}
              onChange={(event) =>
                change(["queues"], event.target.checked ? [...picked, queue] : picked.filter((one) => one !== queue))
              }
            />
            {queue}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface Trunk {
  name: string;
  kind: string;
  host: string;
  channels: number;
  emergency: boolean;
  has_password: boolean;
}

const TRUNKS: TableOf<Trunk> = {
  page: "trunks",
  path: "/setup/trunks",
  table: "trunk",
  called: "trunk",
  key: "name",
  schemas: { add: "NewTrunk", change: "TrunkChange" },
  fields: ["kind", "host", "port", "username", "match", "caller_id", "channels", "calls_per_second", "qualify_s", "emergency"],
  columns: [
    { head: P.fields.name, cell: ({ name }) => name },
    { head: P.fields.kind, cell: ({ kind }) => kind },
    { head: P.fields.host, cell: ({ host }) => host },
    { head: P.fields.channels, cell: ({ channels }) => channels },
    { head: P.fields.password, cell: (trunk) => (trunk.has_password ? P.yes : trunk.kind === "register" ? P.trunks.missing : P.none) },
    { head: P.fields.emergency, cell: ({ emergency }) => (emergency ? P.yes : P.no) },
  ],
};

export function TrunksPage({ mayEdit }: { mayEdit: boolean }) {
  const [asked, setAsked] = useState<{ name: string } | null>(null);
  const [shown, setShown] = useState(0);
  return (
    <>
      <TablePage
        key={shown}
        of={TRUNKS}
        mayEdit={mayEdit}
        without={["password"]}
        onAdded={({ name, kind }) => kind === "register" && setAsked({ name: String(name) })}
        actions={({ name, kind }) =>
          kind === "register" && (
            <button type="button" className="quiet" aria-label={P.trunks.passwordOf(name)} onClick={() => setAsked({ name })}>
              {P.trunks.password}
            </button>
          )
        }
      />
      {asked && (
        <SecretDialog
          title={P.trunks.passwordOf(asked.name)}
          label={P.fields.password}
          path={`/setup/trunks/${asked.name}/password`}
          onDone={() => setShown(shown + 1)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}
