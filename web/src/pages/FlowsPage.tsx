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
const STAGING = "staging";

export function FlowsPage({ mayEdit }: { mayEdit: boolean }) {
  const [lines, setLines] = useState<FlowLine[] | null>(null);
  const drafts = useLive((state) => state.drafts);
  const published = useLive((state) => state.flows);
  useEffect(() => {
    flows().then(setLines, tellError);
  }, [drafts, published]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{T.flows.title}</h1>
        {mayEdit && lines && <NewFlow taken={lines.map(({ name }) => name)} />}
      </div>
      <p className="about">{T.flows.about}</p>
      {lines ? <Table lines={lines} /> : <p className="empty">{T.loading}</p>}
    </div>
  );
}

function Table({ lines }: { lines: FlowLine[] }) {
  // A column that would be empty throughout says nothing.
  const hasStaging = lines.some(({ aliases }) => aliases.some(({ alias }) => alias === STAGING));
  const heads = [T.flows.name, T.flows.live, ...(hasStaging ? [T.flows.staging] : []), T.flows.draft, T.flows.numbers];
  return (
    <table className="list flows">
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Row key={line.name} line={line} hasStaging={hasStaging} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ line, hasStaging }: { line: FlowLine; hasStaging: boolean }) {
  const staging = line.aliases.find(({ alias }) => alias === STAGING)?.version;
  return (
    <tr>
      <th scope="row">
        <a href={`#/flows/${line.name}`}>{line.name}</a>
        {line.about && <span className="about">{line.about}</span>}
      </th>
      <td>
        {line.live === null ? (line.shipped ? T.flows.shipped : T.flows.none) : T.flows.version(line.live)}{" "}
        {line.unreadable && (
          <span className="badge error" title={line.unreadable}>
            {T.flows.unreadable}
          </span>
        )}
      </td>
      {hasStaging && <td>{staging === undefined ? T.flows.none : T.flows.version(staging)}</td>}
      <td>
        <DraftCell line={line} />
      </td>
      <td>{line.numbers.map(({ did }) => did).join(", ") || T.flows.none}</td>
    </tr>
  );
}

function DraftCell({ line: { name, draft } }: { line: FlowLine }) {
  const others = useLive((state) => othersIn(state, name));
  return (
    <>
      {draft ? T.flows.by(draft.author, T.ago((Date.now() - Date.parse(draft.updated_at)) / 1000)) : !others && T.flows.none}{" "}
      {draft && draft.errors > 0 && <span className="badge error">{T.problems.count(draft.errors, 0)}</span>}{" "}
      {others && <span className="badge renamed">{T.flows.open(others)}</span>}
    </>
  );
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
      <input name="name" type="text" required maxLength={64} autoComplete="off" aria-label={T.flows.makeName} placeholder={T.flows.makeName} />
      <button type="submit">{T.flows.makeGo}</button>
    </form>
  );
}
