// What a campaign does now, as long as somebody looks.
import { type ReactNode, useEffect, useState } from "react";
import { askFile, get } from "../api/client.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { usePolled } from "../ui/usePolled.ts";
import { when } from "./ClosingPages.tsx";
import { type Campaign, type Dialer, type Drops, counts } from "./campaigns.ts";
import { P } from "./words.ts";

const EVERY_MS = 2_000;

interface Status {
  at: string;
  dialer: Dialer;
  campaign: Campaign;
}

interface Props {
  name: string;
  onReset: (() => void) | null;
  onClose: () => void;
}

export function StatusDialog({ name, onReset, onClose }: Props) {
  const { data } = usePolled<Status>(`/campaigns/${encodeURIComponent(name)}/status`, EVERY_MS);
  return (
    <Dialog title={P.campaigns.statusOf(name)} wide onClose={onClose}>
      <div className="stack">
        {data ? <Facts status={data} /> : <p className="empty">{T.loading}</p>}
        {data && data.campaign.notes.length > 0 && <Notes texts={data.campaign.notes} />}
        <Message name={name} mayChange={onReset !== null} />
        <footer>
          {onReset && (
            <button type="button" onClick={onReset}>
              {P.campaigns.reset}
            </button>
          )}
          <button type="button" className="primary" onClick={onClose}>
            {T.close}
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

function Facts({ status: { at, dialer, campaign } }: { status: Status }) {
  const { leads, next_due, pacing, drops, state } = campaign;
  const due = next_due && next_due <= at ? P.campaigns.now : when(next_due);
  const ahead = Object.entries(leads).map(([what, count]) => `${P.campaigns.leadCounts[what] ?? what} ${count}`);
  return (
    <dl className="facts">
      <Fact label={P.fields.state}>{P.campaigns.states[state] ?? state}</Fact>
      <Fact label={P.campaigns.dialer}>{dialer.running ? dialer.text : P.campaigns.away}</Fact>
      {pacing && state === "running" && (
        <Fact label={P.campaigns.pacing}>
          {pacing.text} ({when(pacing.seen_at)})
        </Fact>
      )}
      <Fact label={P.campaigns.lead}>{ahead.join(", ")}</Fact>
      <Fact label={P.campaigns.due}>{due}</Fact>
      <Fact label={P.campaigns.flight}>{counts(campaign.in_flight)}</Fact>
      <Fact label={P.campaigns.today}>{counts(campaign.today)}</Fact>
      <Fact label={P.campaigns.total}>{counts(campaign.total)}</Fact>
      {drops.map((one) => (
        <Fact key={one.rule} label={P.campaigns.drops}>
          {dropsTold(one)}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
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

function Notes({ texts }: { texts: string[] }) {
  return (
    <section className="caution" aria-label={P.campaigns.notes}>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </section>
  );
}

/** What people hear for whom no agent is free. */
function Message({ name, mayChange }: { name: string; mayChange: boolean }) {
  const [message, setMessage] = useState<{ says: string; url: string } | null>(null);
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
  const send = async (file: File) => {
    await askFile(`/campaigns/${encodeURIComponent(name)}/message`, "PUT", file);
    tell(P.campaigns.uploaded(name));
    setRound(round + 1);
  };
  if (!message) return null;
  return (
    <section className="stack" aria-label={P.campaigns.says}>
      <h3>{P.campaigns.says}</h3>
      <p className="said">{message.says || P.campaigns.own}</p>
      <audio controls src={message.url} aria-label={P.campaigns.hear(name)} />
      {mayChange && <Own onFile={(file) => void send(file).catch(tellError)} />}
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

async function messageOf(name: string): Promise<{ says: string; url: string }> {
  const path = `/campaigns/${encodeURIComponent(name)}`;
  const { says, has_message } = await get<{ says: string; has_message: boolean }>(path);
  if (!has_message) throw new Error(name);
  const sound = await (await askFile(`${path}/message`, "GET")).blob();
  return { says, url: URL.createObjectURL(sound) };
}
