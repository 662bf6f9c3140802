// Why the dialer placed as many calls as it did: pick a time, see the decision that held, its sum, and those around it.
import { type FormEvent, useEffect, useState } from "react";
import { get } from "../api/client.ts";
import { T } from "../texts.ts";
import { type Column, Fault, ListTable } from "../ui/ListTable.tsx";
import { when } from "./ClosingPages.tsx";
import { Fact, type Status } from "./CampaignStatus.tsx";
import { pathOf } from "./campaigns.ts";
import { W } from "./outlookWords.ts";
import { type Decision, type Why, agentsIn, askedAt, brief, callsIn, earlier, inFlight, inputOf, isSilent, later, noneTold, verdict } from "./why.ts";

const MOST = 200;

/** `at` null is now; another `round` asks once more. */
interface Asked {
  at: string | null;
  aroundS: number;
  round: number;
}

export default function WhyPanel({ status }: { status: Status }) {
  const [asked, setAsked] = useState<Asked>({ at: null, aroundS: 60, round: 0 });
  const [input, setInput] = useState("");
  const { why, fault } = useWhy(status.campaign.name, asked);
  const askFor = (at: string | null, aroundS: number) => setAsked({ at, aroundS, round: asked.round + 1 });
  const go = (at: string | null) => {
    setInput(at ? inputOf(new Date(at)) : "");
    askFor(at, asked.aroundS);
  };
  return (
    <>
      <Asking input={input} onInput={setInput} aroundS={asked.aroundS} onAsked={askFor} />
      <Fault text={fault} />
      {!why && !fault && <p className="empty">{T.loading}</p>}
      {why && (
        <>
          <Steps why={why} aroundS={asked.aroundS} onGo={go} />
          <div className="stack" aria-live="polite">
            {why.decision ? <Told why={why} decision={why.decision} /> : <None why={why} status={status} />}
          </div>
          {why.around.length > 0 && <Around why={why} onGo={go} />}
        </>
      )}
    </>
  );
}

function useWhy(name: string, asked: Asked) {
  const [why, setWhy] = useState<Why | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    let isLatest = true;
    const { at, aroundS } = asked;
    const query = `around_s=${aroundS}&limit=${MOST}${at ? `&at=${encodeURIComponent(at)}` : ""}`;
    get<Why>(`${pathOf(name)}/decisions?${query}`).then(
      (found) => {
        if (!isLatest) return;
        setWhy(found);
        setFault("");
      },
      (error: Error) => isLatest && setFault(error.message),
    );
    return () => {
      isLatest = false;
    };
  }, [name, asked]);
  return { why, fault };
}

interface AskingProps {
  input: string;
  onInput: (input: string) => void;
  aroundS: number;
  onAsked: (at: string | null, aroundS: number) => void;
}

function Asking({ input, onInput, aroundS, onAsked }: AskingProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsked(askedAt(input), aroundS);
  };
  return (
    <form className="filters" onSubmit={submit}>
      <label>
        {W.why.at}
        <input type="datetime-local" step={1} value={input} onChange={(event) => onInput(event.target.value)} />
      </label>
      <label>
        {W.why.around}
        <select value={aroundS} onChange={(event) => onAsked(askedAt(input), Number(event.target.value))}>
          {Object.entries(W.why.spans).map(([seconds, text]) => (
            <option key={seconds} value={seconds}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{W.why.look}</button>
    </form>
  );
}

function Steps({ why, aroundS, onGo }: { why: Why; aroundS: number; onGo: (at: string | null) => void }) {
  const before = earlier(why);
  return (
    <div className="row wraps">
      <button type="button" disabled={before === null} onClick={() => onGo(before)}>
        {W.why.earlier}
      </button>
      <button type="button" onClick={() => onGo(later(why, aroundS, Date.now()))}>
        {W.why.later}
      </button>
      <button type="button" onClick={() => onGo(null)}>
        {W.why.now}
      </button>
    </div>
  );
}

function Told({ why, decision }: { why: Why; decision: Decision }) {
  return (
    <>
      <h2>
        {when(decision.at)}: {verdict(decision)}
      </h2>
      {isSilent(why) && <p className="caution">{W.why.silent(when(why.at))}</p>}
      <dl className="facts">
        <Fact label={W.why.agents}>{agentsIn(decision)}</Fact>
        <Fact label={W.why.calls}>{callsIn(decision)}</Fact>
        <Fact label={W.why.reasons}>
          {decision.reasons.map((reason, place) => (
            <p key={place}>{reason}</p>
          ))}
        </Fact>
      </dl>
    </>
  );
}

function None({ why, status: { campaign, dialer } }: { why: Why; status: Status }) {
  return (
    <p className="empty">
      {W.why.none(when(why.at))} {noneTold(why.at, Date.now(), campaign, dialer)}
    </p>
  );
}

function Around({ why, onGo }: { why: Why; onGo: (at: string) => void }) {
  const { around, decision } = why;
  return (
    <section className="stack" aria-label={W.why.others}>
      <h3>{W.why.others}</h3>
      {around.length >= MOST && <p className="about">{W.why.most(MOST)}</p>}
      <div className="scroll">
        <ListTable items={around.map((one, place) => ({ ...one, place }))} columns={columnsOf(decision, onGo)} keyOf={({ place }) => String(place)} />
      </div>
    </section>
  );
}

function columnsOf(shown: Decision | null, onGo: (at: string) => void): Column<Decision>[] {
  const { heads } = W.why;
  return [
    { head: heads.time, cell: ({ at }) => <Clock at={at} isShown={at === shown?.at} onGo={onGo} /> },
    { head: heads.idle, cell: ({ floor }) => floor.idle ?? 0 },
    { head: heads.flight, cell: inFlight },
    { head: heads.asked, cell: ({ asked }) => asked },
    { head: heads.placed, cell: ({ placed }) => placed },
    { head: heads.ended, cell: ({ cancelled }) => cancelled },
    { head: heads.why, cell: brief },
  ];
}

function Clock({ at, isShown, onGo }: { at: string; isShown: boolean; onGo: (at: string) => void }) {
  const clock = new Date(at).toLocaleTimeString();
  if (!isShown) {
    return (
      <button type="button" className="link" onClick={() => onGo(at)}>
        {clock}
      </button>
    );
  }
  return (
    <strong>
      ▸ {clock} <span className="sr">{W.why.shown}</span>
    </strong>
  );
}
