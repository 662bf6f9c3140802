// The calls a campaign made, and what became of them.
import { useState } from "react";
import { type Column, ListTable, MoreButton } from "../ui/ListTable.tsx";
import { usePages } from "../ui/usePages.ts";
import { when } from "./ClosingPages.tsx";
import { Choice, Filters } from "./LeadsList.tsx";
import { outcomeTold, pathOf } from "./campaigns.ts";
import { P } from "./words.ts";

export interface Attempt {
  id: string;
  number: string;
  name: string;
  state: string;
  outcome: string | null;
  reserved_at: string;
  talked_s: number | null;
  agent: string | null;
}

export const CALL_COLUMNS: Column<Attempt>[] = [
  { head: P.fields.when, cell: ({ reserved_at }) => when(reserved_at) },
  { head: P.campaigns.outcome, cell: ({ state, outcome }) => (state === "ended" ? outcomeTold(outcome) : (P.campaigns.stages[state] ?? state)) },
  { head: P.fields.agent, cell: ({ agent }) => agent ?? P.none },
  { head: P.campaigns.lasted, cell: ({ talked_s }) => (talked_s === null ? P.none : P.seconds(Math.round(talked_s))) },
];

const COLUMNS: Column<Attempt>[] = [
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.fields.name, cell: ({ name }) => name || P.none },
  ...CALL_COLUMNS,
];

export function AttemptsList({ name, round }: { name: string; round: string }) {
  const [asked, setAsked] = useState("");
  const { items, more } = usePages<Attempt>(`${pathOf(name)}/attempts?${asked}`, round);
  return (
    <>
      <Filters onAsked={setAsked}>
        <Choice name="outcome" label={P.campaigns.outcome} options={P.campaigns.outcomes} />
      </Filters>
      <div className="scroll">
        <ListTable items={items} columns={COLUMNS} keyOf={({ id }) => id} />
      </div>
      <MoreButton onMore={more} />
    </>
  );
}
