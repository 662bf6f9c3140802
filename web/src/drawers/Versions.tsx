import { useEffect, useState } from "react";
import { type VersionLine, rollback, version, versions } from "../api/flows.ts";
import { arrangedPlaces, placesOf } from "../editor/loading.ts";
import { reveal, set, theDraft, editor, useEditor } from "../editor/store.ts";
import { type Change, differences, overlay } from "../flow/differences.ts";
import { missingPlaces } from "../flow/place.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";

export function Versions() {
  const flow = useEditor((state) => state.flow);
  const mayEdit = useEditor((state) => state.mayEdit);
  const live = useEditor((state) => state.live?.version);
  const [lines, setLines] = useState<VersionLine[] | null>(null);
  const [changes, setChanges] = useState<Change[] | null>(null);
  useEffect(() => {
    versions(flow).then(setLines, tellError);
    return () => set({ comparison: null });
  }, [flow, live]);
  const compare = (number: number) => comparison(flow, number).then(setChanges, tellError);
  const stop = () => {
    set({ comparison: null });
    setChanges(null);
  };
  const back = async () => {
    try {
      const { version: number } = await rollback(flow, "live");
      set({ live: { version: number, body: (await version(flow, number)).body } });
      tell(T.versions.rolledBack(number));
    } catch (error) {
      tellError(error);
    }
  };
  if (lines?.length === 0) return <p className="empty">{T.versions.none}</p>;
  const isLive = (line: VersionLine) => line.aliases.includes("live");
  return (
    <div className="columns">
      <ol className="versions">
        {lines?.map((line) => (
          <li key={line.version}>
            <strong>{T.flows.version(line.version)}</strong>
            <span className="grow">{line.message}</span>
            {line.aliases.map((alias) => (
              <span key={alias} className="badge start">
                {alias}
              </span>
            ))}
            <span className="about">{T.flows.by(line.author, T.ago((Date.now() - Date.parse(line.created_at)) / 1000))}</span>
            <button type="button" onClick={() => compare(line.version)}>
              {T.versions.compare}
            </button>
            {mayEdit && isLive(line) && line.version > 1 && <RollBack from={line.version} onGo={back} />}
          </li>
        ))}
      </ol>
      {changes && <Changes changes={changes} onStop={stop} />}
    </div>
  );
}

/** Asked once more on the button itself: a roll back reaches callers at once. */
function RollBack({ from, onGo }: { from: number; onGo: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <button type="button" className={asked ? "danger" : ""} title={T.versions.rollbackAsk(from, from - 1)} onClick={() => (asked ? onGo() : setAsked(true))} onBlur={() => setAsked(false)}>
      {asked ? `${T.versions.rollback}?` : T.versions.rollback}
    </button>
  );
}

function Changes({ changes, onStop }: { changes: Change[]; onStop: () => void }) {
  const title = useEditor((state) => state.comparison?.title);
  return (
    <div className="changes">
      <header>
        <h3>{title}</h3>
        <button type="button" onClick={onStop}>
          {T.versions.stop}
        </button>
      </header>
      {changes.length === 0 && <p className="empty">{T.versions.same}</p>}
      <ul>
        {changes.map((change, place) => (
          <li key={place}>
            <button type="button" className="quiet" onClick={() => change.node && reveal(change.sort === "renamed" ? String(change.after) : change.node, false)}>
              <span className={`badge ${change.sort}`}>{T.versions.legend[change.sort]}</span>
              <strong>{change.node || T.versions.wholeFlow}</strong>
              {change.field && <code>{change.field}</code>}
              <span>{inWords(change)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function inWords({ sort, field, before, after }: Change): string {
  if (sort === "renamed") return `→ ${String(after)}`;
  if (!field) return "";
  const shown = (value: unknown) => (value === null ? T.versions.nothing : typeof value === "string" ? value : JSON.stringify(value));
  return sort === "added" ? shown(after) : `${shown(before)} → ${shown(after)}`;
}

async function comparison(flow: string, number: number): Promise<Change[]> {
  const old = await version(flow, number);
  const { kinds } = editor();
  const draft = theDraft();
  const drawn = overlay(old.body, draft.body, kinds);
  const known = { ...placesOf(old.layout).nodes, ...draft.layout.nodes };
  const missing = missingPlaces(drawn.body, known);
  const places = missing.length > 0 ? { ...(await arrangedPlaces({ ...draft, body: drawn.body }, kinds)), ...known } : known;
  set({ comparison: { ...drawn, places, title: T.versions.compareTo(number) }, view: "canvas" });
  const changes = differences(old.body, draft.body, kinds);
  const first = changes.find(({ node }) => node in drawn.body.nodes);
  if (first) reveal(first.node, false);
  return changes;
}
