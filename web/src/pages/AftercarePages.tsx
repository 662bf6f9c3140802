// What callers leave behind: calls they asked for, messages, answers to surveys.
import { useEffect, useState } from "react";
import { askFile, post } from "../api/client.ts";
import type { Fields } from "../flow/body.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell, tellError } from "../shell/toasts.ts";
import { EntryForm } from "../ui/EntryForm.tsx";
import { type Column, LineButton, ListTable, PageHead } from "../ui/ListTable.tsx";
import { useAnswer, useList } from "../ui/useList.ts";
import { when } from "./ClosingPages.tsx";
import { P } from "./words.ts";

const ANY_FIELD = (_: string, key: string) => key;

interface Callback {
  id: string;
  number: string;
  queue: string;
  state: string;
  due_at: string;
  tries: number;
  reason: string;
}

const CALLBACK_COLUMNS: Column<Callback>[] = [
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.callers.queue, cell: ({ queue }) => queue },
  { head: P.fields.state, cell: ({ state }) => state },
  { head: P.callers.due, cell: ({ due_at }) => when(due_at) },
  { head: P.callers.tries, cell: ({ tries }) => tries },
  { head: P.fields.reason, cell: ({ reason }) => reason || P.none },
];

export function CallbacksPage() {
  const [all, setAll] = useState(false);
  const { seen, again } = useList<Callback>(`/callbacks?limit=200&all=${all}`, ["callback"]);
  const [open, setOpen] = useState<Callback | null>(null);
  const cancel = async ({ id, number }: Callback, values: Fields) => {
    await post(`/callbacks/${encodeURIComponent(id)}/cancel`, values);
    tell(P.callers.cancelled(number));
    setOpen(null);
    await again();
  };
  const actions = (callback: Callback) =>
    ["open", "dialing"].includes(callback.state) && (
      <LineButton label={P.callers.cancelOne(callback.number)} text={P.callers.cancel} onClick={() => setOpen(callback)} />
    );
  return (
    <>
      <PageHead page="callbacks" />
      <Tick label={P.callers.over} value={all} onChange={setAll} />
      <ListTable items={seen?.items ?? null} columns={CALLBACK_COLUMNS} keyOf={({ id }) => id} actions={actions} />
      {open && (
        <Dialog title={P.callers.cancelOne(open.number)} onClose={() => setOpen(null)}>
          <EntryForm schema="CancelAsked" begin={{}} fieldFor={ANY_FIELD} go={P.callers.cancelOne(open.number)} onSave={(values) => cancel(open, values)} onClose={() => setOpen(null)} />
        </Dialog>
      )}
    </>
  );
}

function Tick({ label, value, onChange }: { label: string; value: boolean; onChange: (value: boolean) => void }) {
  return (
    <label className="check">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

interface Choice {
  label: string;
  value: string;
  options: Record<string, string>;
  onChange: (value: string) => void;
}

function Select({ label, value, options, onChange }: Choice) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {Object.entries(options).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface Box {
  name: string;
  unheard: number;
}

interface Voicemail {
  id: string;
  number: string;
  recorded_at: string;
  length_s: number;
  language: string;
  heard_by: string;
}

const VOICEMAIL_COLUMNS: Column<Voicemail>[] = [
  { head: P.fields.when, cell: ({ recorded_at }) => when(recorded_at) },
  { head: P.fields.number, cell: ({ number }) => number },
  { head: P.callers.length, cell: ({ length_s }) => P.seconds(Math.round(length_s)) },
  { head: P.callers.language, cell: ({ language }) => language },
  { head: P.callers.heardBy, cell: ({ heard_by }) => heard_by || P.none },
];

export function VoicemailsPage() {
  const boxes = useList<Box>("/voicemail-boxes", ["voicemail"]);
  const [box, setBox] = useState("");
  const [unheard, setUnheard] = useState(false);
  const items = boxes.seen?.items;
  const shown = box || items?.[0]?.name;
  return (
    <>
      <PageHead page="voicemails" />
      {items?.length === 0 && <p className="empty">{P.callers.noBoxes}</p>}
      {items && shown && (
        <>
          <div className="filters">
            <Select
              label={P.callers.box}
              value={shown}
              options={Object.fromEntries(items.map(({ name, unheard: count }) => [name, P.callers.boxOf(name, count)]))}
              onChange={setBox}
            />
            <Tick label={P.callers.unheard} value={unheard} onChange={setUnheard} />
          </div>
          <Messages key={`${shown} ${unheard}`} box={shown} unheard={unheard} onHeard={boxes.again} />
        </>
      )}
    </>
  );
}

function Messages({ box, unheard, onHeard }: { box: string; unheard: boolean; onHeard: () => Promise<unknown> }) {
  const { seen, again } = useList<Voicemail>(`/voicemails?box=${box}&unheard=${unheard}&limit=200`, ["voicemail"]);
  const [playing, setPlaying] = useState<Voicemail | null>(null);
  const mark = async ({ id }: Voicemail) => {
    await post(`/voicemails/${encodeURIComponent(id)}/heard`, undefined);
    await Promise.all([again(), onHeard()]);
  };
  const actions = (one: Voicemail) => (
    <>
      <LineButton isQuiet={false} label={P.callers.listenTo(one.number, when(one.recorded_at))} text={P.callers.listen} onClick={() => setPlaying(one)} />
      {!one.heard_by && (
        <LineButton label={P.callers.heardOne(one.number, when(one.recorded_at))} text={P.callers.heard} onClick={() => void mark(one).catch(tellError)} />
      )}
    </>
  );
  return (
    <>
      {playing && <Player key={playing.id} voicemail={playing} />}
      <ListTable items={seen?.items ?? null} columns={VOICEMAIL_COLUMNS} keyOf={({ id }) => id} actions={actions} />
    </>
  );
}

function Player({ voicemail }: { voicemail: Voicemail }) {
  const [url, setUrl] = useState("");
  const { id, number, recorded_at } = voicemail;
  useEffect(() => {
    let made = "";
    let isLatest = true;
    askFile(`/voicemails/${encodeURIComponent(id)}/audio`, "GET")
      .then(async (response) => {
        const sound = await response.blob();
        if (isLatest) setUrl((made = URL.createObjectURL(sound)));
      })
      .catch(tellError);
    return () => {
      isLatest = false;
      URL.revokeObjectURL(made);
    };
  }, [id]);
  return url ? <audio controls autoPlay src={url} aria-label={P.callers.listenTo(number, when(recorded_at))} /> : null;
}

interface Scores {
  of: string;
  answers: number;
  mean: number | null;
  satisfied: number;
  csat: number | null;
  low: number;
  high: number;
}

const SCORE_COLUMNS: Column<Scores>[] = [
  { head: P.callers.of, cell: ({ of }) => of || P.none },
  { head: P.callers.answers, cell: ({ answers }) => answers },
  { head: P.callers.mean, cell: ({ mean }) => mean?.toFixed(2) ?? P.none },
  { head: P.callers.satisfied, cell: ({ satisfied }) => satisfied },
  { head: P.callers.csat, cell: ({ csat }) => (csat === null ? P.none : P.callers.share(csat)) },
  { head: P.callers.between, cell: ({ answers, low, high }) => (answers ? P.callers.range(low, high) : P.none) },
];

export function SurveysPage() {
  const [by, setBy] = useState("queue");
  const [since, setSince] = useState("7d");
  const { data } = useAnswer<{ items: Scores[]; total: Scores }>(`/surveys?by=${by}&since=${since}`);
  const items = data && [...data.items, { ...data.total, of: P.callers.all }];
  return (
    <>
      <PageHead page="surveys" />
      <div className="filters">
        <Select label={P.callers.by} value={by} options={P.callers.bys} onChange={setBy} />
        <Select label={P.callers.since} value={since} options={P.callers.spans} onChange={setSince} />
      </div>
      <ListTable items={items} columns={SCORE_COLUMNS} keyOf={({ of }) => of} />
    </>
  );
}
