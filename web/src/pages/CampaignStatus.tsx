// What a campaign does now, and the message people hear for whom no agent is free.
import { type ReactNode, useEffect, useState } from "react";
import { askFile, get, tagOf } from "../api/client.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { when } from "./ClosingPages.tsx";
import { type Campaign, type Dialer, type Drops, outcomes, pathOf, stages } from "./campaigns.ts";
import { P } from "./words.ts";

export interface Status {
  at: string;
  dialer: Dialer;
  campaign: Campaign;
}

export function Facts({ status: { at, dialer, campaign } }: { status: Status }) {
  const { leads, next_due, pacing, drops, state } = campaign;
  const due = next_due && next_due <= at ? P.campaigns.now : when(next_due);
  const ahead = Object.entries(leads).map(([what, count]) => `${P.campaigns.leadCounts[what] ?? what} ${count}`);
  return (
    <dl className="facts">
      <Fact label={P.campaigns.dialer}>{dialer.running ? dialer.text : P.campaigns.away}</Fact>
      {pacing && state === "running" && (
        <Fact label={P.campaigns.pacing}>
          {pacing.text} ({when(pacing.seen_at)})
        </Fact>
      )}
      <Fact label={P.campaigns.lead}>{ahead.join(", ")}</Fact>
      <Fact label={P.campaigns.due}>{due}</Fact>
      <Fact label={P.campaigns.flight}>{stages(campaign.in_flight)}</Fact>
      <Fact label={P.campaigns.today}>{outcomes(campaign.today)}</Fact>
      <Fact label={P.campaigns.total}>{outcomes(campaign.total)}</Fact>
      {drops.map((one) => (
        <Fact key={one.rule} label={P.campaigns.drops}>
          {dropsTold(one)}
        </Fact>
      ))}
    </dl>
  );
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function dropsTold({ dropped, answered, rate, cap, rule }: Drops): string {
  return P.campaigns.dropped(dropped, answered, rate === null ? "" : P.campaigns.rate(rate), cap, rule);
}

export function Notes({ texts }: { texts: string[] }) {
  return (
    <section className="caution" aria-label={P.campaigns.notes}>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </section>
  );
}

/** What people hear for whom no agent is free. */
export function Message({ name, mayChange }: { name: string; mayChange: boolean }) {
  const [message, setMessage] = useState<Heard | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isLatest = true;
    let url = "";
    messageOf(name).then(
      (found) => {
        url = found.url;
        if (isLatest) setMessage(found);
        else URL.revokeObjectURL(url);
      },
      () => undefined, // Who is called back hears none, and it may not be seen from here.
    );
    return () => {
      isLatest = false;
      URL.revokeObjectURL(url);
    };
  }, [name, round]);
  const send = async (file: File, tag: string) => {
    // Somebody else may have changed it meanwhile: then theirs is heard, and one may think again.
    await askFile(`${pathOf(name)}/message`, "PUT", file, tag)
      .then(() => tell(P.campaigns.uploaded(name)))
      .finally(() => setRound(round + 1));
  };
  if (!message) return null;
  return (
    <section className="stack" aria-label={P.campaigns.says}>
      <h2>{P.campaigns.says}</h2>
      <p className="said">{message.says || P.campaigns.own}</p>
      <audio controls src={message.url} aria-label={P.campaigns.hear(name)} />
      {mayChange && <Own onFile={(file) => void send(file, message.tag).catch(tellError)} />}
    </section>
  );
}

function Own({ onFile }: { onFile: (file: File) => void }) {
  return (
    <div>
      <label className="upload">
        {P.campaigns.upload}
        <input
          type="file"
          accept="audio/wav,.wav"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) onFile(file);
            event.target.value = "";
          }}
        />
      </label>
    </div>
  );
}

interface Heard {
  says: string;
  url: string;
  tag: string;
}

async function messageOf(name: string): Promise<Heard> {
  const path = pathOf(name);
  const { says, has_message } = await get<{ says: string; has_message: boolean }>(path);
  if (!has_message) throw new Error(name);
  const answer = await askFile(`${path}/message`, "GET");
  return { says, url: URL.createObjectURL(await answer.blob()), tag: tagOf(answer) };
}
