// What comes of a campaign's day before it is launched: how busy agents will be, drops, how long the list lasts.
import { type FormEvent, useEffect, useRef, useState } from "react";
import { get } from "../api/client.ts";
import { type Column, Fault, ListTable } from "../ui/ListTable.tsx";
import { Fact } from "./CampaignStatus.tsx";
import { when } from "./ClosingPages.tsx";
import { pathOf } from "./campaigns.ts";
import { type Forecast, type Team, answersTold, bestTold, dry, handlingTold, listTold, numbers, percent, queryOf, ringingTold, shares, usedUp } from "./forecast.ts";
import { W } from "./outlookWords.ts";

const SECOND_MS = 1_000;
const MOST_AGENTS = 2_000;
const FIELDS = ["agents", "agents_to", "hours"];

type Run = { sort: "idle" } | { sort: "busy"; since: number } | { sort: "failed"; text: string } | { sort: "done"; found: Forecast };

export default function ForecastPanel({ name }: { name: string }) {
  const { run, go, stop } = useForecast(name);
  return (
    <>
      <Asking isBusy={run.sort === "busy"} onGo={go} onStop={stop} />
      {run.sort === "busy" && <Busy since={run.since} />}
      {run.sort === "failed" && <Fault text={run.text} />}
      {run.sort === "done" && <Told forecast={run.found} />}
      <p className="sr" role="status">
        {run.sort === "done" ? W.forecast.done : ""}
      </p>
    </>
  );
}

function useForecast(name: string) {
  const [run, setRun] = useState<Run>({ sort: "idle" });
  const asking = useRef<AbortController | null>(null);
  useEffect(() => () => asking.current?.abort(), []);
  const go = (query: string) => {
    asking.current?.abort();
    const own = new AbortController();
    asking.current = own;
    setRun({ sort: "busy", since: Date.now() });
    const told = (next: Run) => own === asking.current && !own.signal.aborted && setRun(next);
    get<Forecast>(`${pathOf(name)}/forecast?${query}`, { signal: own.signal }).then(
      (found) => told({ sort: "done", found }),
      (error: Error) => told({ sort: "failed", text: error.message }),
    );
  };
  const stop = () => {
    asking.current?.abort();
    setRun({ sort: "idle" });
  };
  return { run, go, stop };
}

function Asking({ isBusy, onGo, onStop }: { isBusy: boolean; onGo: (query: string) => void; onStop: () => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    onGo(queryOf(FIELDS.map((field) => [field, String(given.get(field))])));
  };
  return (
    <form className="filters" onSubmit={submit}>
      <label>
        {W.forecast.agents}
        <input name="agents" type="number" min={1} max={MOST_AGENTS} />
      </label>
      <label>
        {W.forecast.to}
        <input name="agents_to" type="number" min={1} max={MOST_AGENTS} />
      </label>
      <label>
        {W.forecast.hours}
        <input name="hours" type="number" min={0.5} max={16} step={0.5} defaultValue={8} required />
      </label>
      <button type="submit" className="primary" disabled={isBusy}>
        {W.forecast.go}
      </button>
      {isBusy && (
        <button type="button" onClick={onStop}>
          {W.forecast.stop}
        </button>
      )}
    </form>
  );
}

/** How long it has taken so far: nobody knows how long it will. */
function Busy({ since }: { since: number }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="stack">
      <progress aria-label={W.forecast.progress} />
      <p className="about">{W.forecast.busy(Math.round((now - since) / SECOND_MS))}</p>
    </div>
  );
}

function Told({ forecast }: { forecast: Forecast }) {
  const { stock, teams, notes, mode, cap, hours, start } = forecast;
  // What is said of an empty list by itself need not be said twice.
  const more = stock ? notes : notes.filter((note) => !note.startsWith("no lead is ready"));
  return (
    <>
      {!stock && <p className="caution">{W.forecast.noList}</p>}
      <div className="scroll" role="group" aria-label={W.forecast.teams} tabIndex={0}>
        <ListTable items={teams} columns={TEAMS} keyOf={({ agents }) => String(agents)} />
      </div>
      <p className="about">{W.forecast.ranges}</p>
      <dl className="facts">
        {bestTold(forecast).map((text) => (
          <Fact key={text} label={W.forecast.best}>
            {text}
          </Fact>
        ))}
        <Fact label={W.forecast.day}>{W.forecast.dayTold(Math.round(10 * hours) / 10, when(start), mode, percent(cap))}</Fact>
        {stock && <Fact label={W.forecast.list}>{listTold(forecast)}</Fact>}
        <Fact label={W.forecast.answersOf}>{answersTold(forecast)}</Fact>
        <Fact label={W.forecast.handling}>{handlingTold(forecast)}</Fact>
        <Fact label={W.forecast.ringing}>{ringingTold(forecast)}</Fact>
        {more.map((note) => (
          <Fact key={note} label={W.forecast.note}>
            {note}
          </Fact>
        ))}
      </dl>
    </>
  );
}

const TEAMS: Column<Team>[] = [
  { head: W.forecast.heads.agents, cell: ({ agents }) => agents },
  { head: W.forecast.heads.utilisation, cell: ({ utilisation }) => shares(utilisation) },
  { head: W.forecast.heads.drops, cell: ({ drop_rate }) => shares(drop_rate, 1) },
  { head: W.forecast.heads.calls, cell: ({ calls_per_hour }) => numbers(calls_per_hour) },
  { head: W.forecast.heads.talks, cell: ({ connects_per_hour }) => numbers(connects_per_hour) },
  { head: W.forecast.heads.each, cell: ({ connects_per_agent_hour }) => numbers(connects_per_agent_hour, 1) },
  { head: W.forecast.heads.dry, cell: dry },
  { head: W.forecast.heads.used, cell: usedUp },
];
