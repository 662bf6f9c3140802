import { type FormEvent, useEffect, useState } from "react";
import { type FlowLine, flows, saveDraft } from "../api/flows.ts";
import { newDraft } from "../flow/body.ts";
import { nameFrom } from "../flow/names.ts";
import { othersIn, useLive } from "../live.ts";
import { go } from "../shell/route.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";

const GREETING = "welcome";
const NO_DRAFT = "0";

export function FlowsPage({ mayEdit }: { mayEdit: boolean }) {
  const [lines, setLines] = useState<FlowLine[] | null>(null);
  const drafts = useLive((state) => state.drafts);
  const published = useLive((state) => state.flows);
  useEffect(() => {
    flows().then(setLines, tellError);
  }, [drafts, published]);
  return (
    <div className="page">
      <h1>{T.flows.title}</h1>
      {mayEdit && lines && <NewFlow taken={lines.map(({ name }) => name)} />}
      {lines ? <Table lines={lines} /> : <p className="empty">{T.loading}</p>}
    </div>
  );
}

function Table({ lines }: { lines: FlowLine[] }) {
  const now = Date.now();
  return (
    <table className="list">
      <thead>
        <tr>
          {[T.flows.name, T.flows.live, T.flows.staging, T.flows.draft, T.flows.numbers, T.flows.problems].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.name}>
            <th scope="row">
              <a href={`#/flows/${line.name}`}>{line.name}</a>
            </th>
            <td>
              {versionOf(line.live)}{" "}
              {line.unreadable && (
                <span className="badge error" title={line.unreadable}>
                  {T.flows.unreadable}
                </span>
              )}
            </td>
            <td>{versionOf(line.aliases.find(({ alias }) => alias === "staging")?.version)}</td>
            <td>
              <Others flow={line.name} />
              {line.draft
                ? T.flows.by(line.draft.author, T.ago((now - Date.parse(line.draft.updated_at)) / 1000))
                : T.flows.none}
            </td>
            <td>{line.numbers.map(({ did }) => did).join(", ") || T.flows.none}</td>
            <td>{line.draft?.errors ? <span className="badge error">{line.draft.errors}</span> : T.flows.none}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Others({ flow }: { flow: string }) {
  const others = useLive((state) => othersIn(state, flow));
  return others ? <span className="badge renamed">{T.flows.open(others)}</span> : null;
}

function versionOf(number: number | null | undefined): string {
  return number == null ? T.flows.none : T.flows.version(number);
}

function NewFlow({ taken }: { taken: string[] }) {
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = nameFrom(String(new FormData(event.currentTarget).get("name")));
    if (taken.includes(name)) return tell(T.flows.taken, "error");
    try {
      await saveDraft(name, newDraft(name, GREETING), NO_DRAFT, null);
      go(`/flows/${name}`);
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <form className="row" onSubmit={submit}>
      <label>
        {T.flows.makeName}
        <input name="name" required maxLength={64} autoComplete="off" />
      </label>
      <button type="submit">{T.flows.makeGo}</button>
    </form>
  );
}
