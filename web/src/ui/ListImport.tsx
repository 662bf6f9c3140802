// A list (CSV) is looked at first, with each row that would be left out; then it is taken over.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { askFile, get } from "../api/client.ts";
import { P } from "../pages/words.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { T } from "../texts.ts";
import { type Column, Fault, ListTable } from "./ListTable.tsx";

export interface Row {
  line: number;
  column: string;
  text: string;
}

export interface Outcome {
  good: number;
  bad: number;
  faults: Row[];
}

interface Props<T extends Outcome> {
  title: string;
  about: string;
  /** What the list is of, as a query. */
  into: Record<string, string>;
  /** What the button says that takes over so many. */
  go: (count: number) => string;
  /** What became of it, or would. */
  told: (outcome: T, isDone: boolean) => string[];
  onTaken: () => Promise<unknown>;
  onClose: () => void;
}

interface Chosen<T> {
  file: File;
  outcome: T;
  isDone: boolean;
}

export function ListImport<T extends Outcome>({ title, about, into, go, told, onTaken, onClose }: Props<T>) {
  const { chosen, fault, busy, way, encoding, setEncoding, choose, take } = useImport<T>(into, onTaken);
  const mayTake = chosen !== null && !chosen.isDone && chosen.outcome.good > 0;
  return (
    <Dialog title={title} wide onClose={onClose}>
      <div className="stack">
        <p className="about">{about}</p>
        <Fault text={fault} />
        <Inputs encoding={encoding} busy={busy} onEncoding={setEncoding} onFile={choose} />
        {way && <Progress way={way} />}
        <div role="status">
          {chosen && !busy && told(chosen.outcome, chosen.isDone).map((text) => <p key={text}>{text}</p>)}
        </div>
        {chosen && <Faults outcome={chosen.outcome} />}
        <footer>
          <button type="button" onClick={onClose}>
            {chosen?.isDone ? T.close : T.cancel}
          </button>
          {mayTake && (
            <button type="button" className="primary" disabled={busy} onClick={take}>
              {go(chosen.outcome.good)}
            </button>
          )}
        </footer>
      </div>
    </Dialog>
  );
}

interface Way {
  id: string;
  stage: "reading" | "writing" | "done" | "failed";
  done: number;
  of: number;
}

interface Job<T> extends Way {
  leads: T | null;
  rows: T | null;
  fault: { message: string } | null;
}

const EVERY_MS = 400;

function useImport<T extends Outcome>(into: Record<string, string>, onTaken: () => Promise<unknown>) {
  const [way, setWay] = useState<Way | null>(null);
  const isThere = useRef(true);
  useEffect(() => {
    isThere.current = true;
    return () => {
      isThere.current = false;
    };
  }, []);
  const [chosen, setChosen] = useState<Chosen<T> | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const [encoding, setEncoding] = useState("");
  const send = async (file: File, isDone: boolean) => {
    setBusy(true);
    setFault("");
    try {
      const query = new URLSearchParams({ ...into, dry_run: String(!isDone), encoding });
      const begun = (await (await askFile(`/imports?${query}`, "POST", file)).json()) as Job<T>;
      const outcome = await ended(begun, (now) => isThere.current && setWay(now));
      setChosen({ file, outcome, isDone });
      if (isDone) await onTaken();
    } catch (error) {
      setFault((error as Error).message);
      if (!isDone) setChosen(null);
    }
    setWay(null);
    setBusy(false);
  };
  const choose = (file: File | undefined) => {
    if (file) void send(file, false);
  };
  const take = () => {
    if (chosen) void send(chosen.file, true);
  };
  return { chosen, fault, busy, way, encoding, setEncoding, choose, take };
}

/** What became of a list once the desk has worked it off, which goes on even if nobody asks. */
async function ended<T>(begun: Job<T>, onWay: (way: Way) => void): Promise<T> {
  let job = begun;
  while (job.stage === "reading" || job.stage === "writing") {
    onWay(job);
    await new Promise((go) => setTimeout(go, EVERY_MS));
    job = await get<Job<T>>(`/imports/${job.id}`);
  }
  const outcome = job.leads ?? job.rows;
  if (!outcome) throw new Error(job.fault?.message ?? "");
  return outcome;
}

function Progress({ way: { stage, done, of } }: { way: Way }) {
  const label = stage === "writing" ? P.campaigns.writing(done, of) : P.campaigns.reading(done, of);
  return (
    <label className="stack">
      {label}
      <progress max={of} value={done} />
    </label>
  );
}

interface InputsProps {
  encoding: string;
  busy: boolean;
  onEncoding: (encoding: string) => void;
  onFile: (file: File | undefined) => void;
}

function Inputs({ encoding, busy, onEncoding, onFile }: InputsProps): ReactNode {
  return (
    <div className="row">
      <label>
        {P.campaigns.file}
        <input
          type="file"
          accept=".csv,text/csv,text/plain"
          disabled={busy}
          onChange={(event) => {
            onFile(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </label>
      <label>
        {P.campaigns.encoding}
        <input value={encoding} maxLength={40} autoComplete="off" placeholder="windows-1252" onChange={(event) => onEncoding(event.target.value.trim())} />
      </label>
    </div>
  );
}

const COLUMNS: Column<Row>[] = [
  { head: P.campaigns.line, cell: ({ line }) => line },
  { head: P.campaigns.column, cell: ({ column }) => column || P.none },
  { head: P.campaigns.wrong, cell: ({ text }) => text },
];

function Faults({ outcome: { faults, bad } }: { outcome: Outcome }) {
  if (faults.length === 0) return null;
  return (
    <section className="stack" aria-label={P.campaigns.faults}>
      <h3>{P.campaigns.faults}</h3>
      <ListTable items={faults} columns={COLUMNS} keyOf={({ line, column }) => `${line} ${column}`} />
      {bad > faults.length && <p>{P.campaigns.more(bad - faults.length)}</p>}
    </section>
  );
}
