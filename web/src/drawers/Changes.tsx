// What differs between a version and the draft: as a list, and drawn on the canvas.
import { version } from "../api/flows.ts";
import { arrangedPlaces, placesOf } from "../editor/loading.ts";
import { editor, reveal, set, theDraft, useEditor } from "../editor/store.ts";
import { type Change, differences, overlay } from "../flow/differences.ts";
import { missingPlaces } from "../flow/place.ts";
import { T } from "../texts.ts";

export function Changes({ changes, onStop }: { changes: Change[]; onStop: () => void }) {
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
            <button type="button" className="quiet" onClick={() => show(change)}>
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

function show({ node, sort, after }: Change): void {
  if (node) reveal(sort === "renamed" ? String(after) : node, false);
}

function inWords({ sort, field, before, after }: Change): string {
  if (sort === "renamed") return `→ ${String(after)}`;
  if (!field) return "";
  const shown = (value: unknown) => (value === null ? T.versions.nothing : typeof value === "string" ? value : JSON.stringify(value));
  return sort === "added" ? shown(after) : `${shown(before)} → ${shown(after)}`;
}

/** Draw what changed since version `number` on the canvas; returns it. */
export async function comparison(flow: string, number: number): Promise<Change[]> {
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
