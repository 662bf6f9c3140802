// Campaigns: whom we call. What is done here is so at once.
import { type Column, AddButton, ListTable, PageHead } from "../ui/ListTable.tsx";
import { usePolled } from "../ui/usePolled.ts";
import { CampaignActions, CampaignWindow, useWindow } from "./CampaignWindows.tsx";
import { type Campaign, type Dialer, inAll, toCampaign, worst } from "./campaigns.ts";
import { P } from "./words.ts";

const EVERY_MS = 2_000;

const COLUMNS: Column<Campaign>[] = [
  { head: P.fields.name, cell: ({ name }) => <a href={toCampaign(name)}>{name}</a> },
  { head: P.fields.title, cell: ({ title }) => title },
  { head: P.fields.state, cell: ({ state }) => <State state={state} /> },
  { head: P.campaigns.ready, cell: ({ leads }) => leads.ready ?? 0 },
  { head: P.campaigns.flight, cell: ({ in_flight }) => inAll(in_flight) },
  { head: P.campaigns.connectedToday, cell: ({ today }) => today.connected ?? 0 },
  { head: P.campaigns.drops, cell: ({ drops }) => worst(drops) },
];

export function State({ state }: { state: string }) {
  return <span className={state === "running" ? "badge added" : "badge"}>{P.campaigns.states[state] ?? state}</span>;
}

export function CampaignsPage({ isAdmin }: { isAdmin: boolean }) {
  const { data, again } = usePolled<{ items: Campaign[]; dialer: Dialer }>("/campaigns", EVERY_MS);
  const { open, setOpen, done } = useWindow(again);
  return (
    <>
      <PageHead page="campaigns">{isAdmin && <AddButton called="campaign" onAdd={() => setOpen({ sort: "add" })} />}</PageHead>
      {data && !data.dialer.running && data.items.length > 0 && (
        <p className="caution">
          {P.campaigns.dialer}: {P.campaigns.away}
        </p>
      )}
      <div className="scroll">
        <ListTable
          items={data?.items ?? null}
          columns={COLUMNS}
          keyOf={({ name }) => name}
          actions={(campaign) => <CampaignActions campaign={campaign} isAdmin={isAdmin} onOpen={setOpen} />}
        />
      </div>
      {open && <CampaignWindow open={open} onOpen={setOpen} onDone={done} again={again} />}
    </>
  );
}
