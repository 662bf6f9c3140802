// Who published what; what changed since; which version callers get.
import { useEffect, useState } from "react";
import { type VersionLine, versions } from "../api/flows.ts";
import { set, useEditor } from "../editor/store.ts";
import type { Change } from "../flow/differences.ts";
import { useLive } from "../live.ts";
import { tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Asked, type Refusal, Refused, moved } from "./AliasMove.tsx";
import { Changes, comparison } from "./Changes.tsx";

const LIVE = "live";

export function Versions() {
  const flow = useEditor((state) => state.flow);
  const lines = useVersions();
  const [changes, setChanges] = useState<Change[] | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const compare = (number: number) => comparison(flow, number).then(setChanges, tellError);
  const move = (to: number | null, anyway = false) => void moved({ alias: LIVE, to, anyway }).then(setRefusal, tellError);
  const stop = () => {
    set({ comparison: null });
    setChanges(null);
  };
  if (!lines) return <p className="empty">{T.loading}</p>;
  if (lines.length === 0) return <p className="empty">{T.versions.none}</p>;
  return (
    <div className="columns">
      <div>
        {refusal && <Refused refusal={refusal} onGo={() => move(refusal.to, true)} onClose={() => setRefusal(null)} />}
        <ol className="versions">
          {lines.map((line) => (
            <Line key={line.version} line={line} isOldest={line === lines.at(-1)} onCompare={() => compare(line.version)} onMove={move} />
          ))}
        </ol>
      </div>
      {changes && <Changes changes={changes} onStop={stop} />}
    </div>
  );
}

/** The newest first; read anew when somebody publishes or goes back. */
function useVersions(): VersionLine[] | null {
  const flow = useEditor((state) => state.flow);
  const live = useEditor((state) => state.live?.version);
  const told = useLive((state) => state.flows[flow]);
  const [lines, setLines] = useState<VersionLine[] | null>(null);
  useEffect(() => {
    versions(flow).then(setLines, tellError);
  }, [flow, live, told]);
  useEffect(() => () => set({ comparison: null }), [flow]);
  return lines;
}

interface LineProps {
  line: VersionLine;
  isOldest: boolean;
  onCompare: () => void;
  onMove: (to: number | null) => void;
}

function Line({ line, isOldest, onCompare, onMove }: LineProps) {
  const mayEdit = useEditor((state) => state.mayEdit);
  const isLive = line.aliases.includes(LIVE);
  return (
    <li>
      <strong>{T.flows.version(line.version)}</strong>
      <span className="version-words">
        {line.message}{" "}
        <span className="about">{T.flows.by(line.author, T.ago((Date.now() - Date.parse(line.created_at)) / 1000))}</span>
      </span>
      {line.aliases.map((alias) => (
        <span key={alias} className="badge start">
          {alias}
        </span>
      ))}
      <button type="button" onClick={onCompare}>
        {T.versions.compare}
      </button>
      {mayEdit && isLive && !isOldest && (
        <Asked label={T.versions.rollback} title={T.versions.rollbackAsk(line.version)} onGo={() => onMove(null)} />
      )}
      {mayEdit && !isLive && (
        <Asked label={T.versions.makeLive(line.version)} title={T.versions.makeLiveAsk(line.version)} onGo={() => onMove(line.version)} />
      )}
    </li>
  );
}
