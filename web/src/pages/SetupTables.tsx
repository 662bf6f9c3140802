// Queues, numbers, destinations, mailboxes: the tables of centre.toml that need nothing but their form.
import { useEffect, useState } from "react";
import { get } from "../api/client.ts";
import type { Names } from "../ui/EntryForm.tsx";
import { type TableOf, TablePage } from "../ui/TablePage.tsx";
import { P } from "./words.ts";

interface Queue {
  name: string;
  title: string | null;
  agents: string[];
  max_wait_s: number;
  service_level_s: number;
}

const QUEUES: TableOf<Queue> = {
  page: "queues",
  path: "/setup/queues",
  table: "queue",
  called: "queue",
  key: "name",
  schemas: { add: "NewQueue", change: "QueueChange" },
  fields: ["title", "key", "wrap_up_s", "max_wait_s", "service_level_s"],
  columns: [
    { head: P.fields.name, cell: ({ name }) => name },
    { head: P.fields.title, cell: ({ title }) => title ?? P.none },
    { head: P.fields.agents, cell: ({ agents }) => agents.join(", ") || P.none },
    { head: P.fields.wait, cell: ({ max_wait_s }) => P.seconds(max_wait_s) },
    { head: P.fields.level, cell: ({ service_level_s }) => P.seconds(service_level_s) },
  ],
};

interface DialledNumber {
  did: string;
  flow: string;
  alias: string;
  fallback_queue: string;
}

const NUMBERS: TableOf<DialledNumber> = {
  page: "numbers",
  path: "/setup/numbers",
  table: "number",
  called: "number",
  key: "did",
  schemas: { add: "NewNumber", change: "NumberChange" },
  fields: ["flow", "alias", "fallback_queue"],
  columns: [
    { head: P.fields.number, cell: ({ did }) => did },
    { head: P.fields.flow, cell: ({ flow }) => <a href={`#/flows/${flow}`}>{flow}</a> },
    { head: P.fields.alias, cell: ({ alias }) => alias },
    { head: P.fields.fallback, cell: ({ fallback_queue }) => fallback_queue },
  ],
};

interface Destination {
  name: string;
  number: string;
  trunk: string;
}

const DESTINATIONS: TableOf<Destination> = {
  page: "destinations",
  path: "/setup/destinations",
  table: "destination",
  called: "destination",
  key: "name",
  schemas: { add: "NewDestination", change: "DestinationChange" },
  fields: ["number", "trunk"],
  columns: [
    { head: P.fields.name, cell: ({ name }) => name },
    { head: P.fields.number, cell: ({ number }) => number },
    { head: P.fields.trunk, cell: ({ trunk }) => trunk },
  ],
};

interface Mailbox {
  name: string;
  title: string | null;
  email: string | null;
  webhook: string | null;
}

const MAILBOXES: TableOf<Mailbox> = {
  page: "mailboxes",
  path: "/setup/mailboxes",
  table: "mailbox",
  called: "mailbox",
  key: "name",
  schemas: { add: "NewMailbox", change: "MailboxChange" },
  fields: ["title", "email", "attach", "webhook", "secret"],
  columns: [
    { head: P.fields.name, cell: ({ name }) => name },
    { head: P.fields.title, cell: ({ title }) => title ?? P.none },
    { head: P.fields.email, cell: ({ email }) => email ?? P.none },
    { head: P.fields.webhook, cell: ({ webhook }) => webhook ?? P.none },
  ],
};

/** Names to choose from while typing; what cannot be asked for is typed. */
export function useNames(sources: Record<string, string>): Names {
  const [names, setNames] = useState<Names>({});
  const asked = JSON.stringify(sources);
  useEffect(() => {
    for (const [sort, path] of Object.entries(JSON.parse(asked) as Record<string, string>)) {
      get<{ items: { name: string }[] }>(path).then(
        ({ items }) => setNames((was) => ({ ...was, [sort]: items.map(({ name }) => name) })),
        () => undefined,
      );
    }
  }, [asked]);
  return names;
}

export const QueuesPage = ({ mayEdit }: { mayEdit: boolean }) => <TablePage of={QUEUES} mayEdit={mayEdit} />;

export function NumbersPage({ mayEdit }: { mayEdit: boolean }) {
  const names = useNames({ flow: "/flows", queue: "/setup/queues" });
  return <TablePage of={NUMBERS} mayEdit={mayEdit} names={names} />;
}

export function DestinationsPage({ mayEdit }: { mayEdit: boolean }) {
  return <TablePage of={DESTINATIONS} mayEdit={mayEdit} names={useNames({ trunk: "/setup/trunks" })} />;
}

export const MailboxesPage = ({ mayEdit }: { mayEdit: boolean }) => <TablePage of={MAILBOXES} mayEdit={mayEdit} />;
