import { useEffect, useMemo, useState } from "react";
import { type CallLine, type Trail, calls, traffic, trail } from "../api/flows.ts";
import { goTo } from "../editor/actions.ts";
import { choose, reveal, selectedNode, set, useEditor } from "../editor/store.ts";
import type { NodeBody } from "../flow/body.ts";
import { type Heat, heatOf } from "../flow/heat.ts";
import { traceOf } from "../flow/trace.ts";
import { tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";

const SINCE = "24h";
const BUSIEST = 12;

export function Calls() {
  const flow = useEditor((state) => state.flow);
  const heat = useEditor((state) => state.heat);
  const node = useEditor(selectedNode);
  const exit = useEditor((state) => state.exit);
  const [replayed, setReplayed] = useState<Trail | null>(null);
  useEffect(() => {
    traffic(flow, SINCE).then((rows) => set({ heat: heatOf(rows) }), tellError);
    return () => set({ heat: null, trace: null });
  }, [flow]);
  if (!heat) return <p className="empty">{T.loading}</p>;
  if (heat.nodes.size === 0) return <p className="empty">{T.calls.none}</p>;
  const stop = () => {
    set({ trace: null });
    setReplayed(null);
  };
  return (
    <div className="columns">
      <Busiest heat={heat} />
      {replayed ? (
        <Replay trail={replayed} onStop={stop} />
      ) : node !== null && exit !== null ? (
        <CallList key={`${node} ${exit}`} node={node} exit={exit} onReplay={setReplayed} />
      ) : (
        <p className="empty">{T.calls.pick}</p>
      )}
    </div>
  );
}

function Busiest({ heat }: { heat: Heat }) {
  const nodes = useEditor((state) => state.history.draft.body.nodes);
  const exits = useMemo(() => [...heat.exits].sort(([, a], [, b]) => b - a).slice(0, BUSIEST), [heat]);
  const left = useMemo(() => [...heat.nodes].filter(([node, one]) => one.left > 0 && hasExits(nodes[node])).sort(([, a], [, b]) => b.left * b.visits - a.left * a.visits).slice(0, BUSIEST), [heat, nodes]);
  return (
    <div className="columns">
      <div>
        <h3>{T.calls.busiest}</h3>
        <ul className="lines">
          {exits.map(([key, count]) => {
            const [node = "", exit = ""] = key.split("\n");
            return (
              <li key={key}>
                <button type="button" className="quiet" onClick={() => show(node, exit)}>
                  {node} → {exit} <span className="badge">{T.calls.visits(count)}</span>
                </button>
              </li>
            );
          })}
        </ul>
      </div>
      <div>
        <h3>{T.calls.left}</h3>
        <ul className="lines">
          {left.map(([node, one]) => (
            <li key={node}>
              <button type="button" className="quiet" onClick={() => goTo(node)}>
                {node} <span className="badge">{T.calls.share(one.left)}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Where a call or a flow ends, nobody goes further. */
function hasExits(node: NodeBody | undefined): boolean {
  return Object.keys(node?.exits ?? {}).length > 0;
}

function show(node: string, exit: string): void {
  choose([node], exit);
  reveal(node, false);
}

function CallList({ node, exit, onReplay }: { node: string; exit: string; onReplay: (trail: Trail) => void }) {
  const flow = useEditor((state) => state.flow);
  const [lines, setLines] = useState<CallLine[] | null>(null);
  useEffect(() => {
    calls(flow, node, exit, SINCE).then(setLines, tellError);
  }, [flow, node, exit]);
  return (
    <div>
      <h3>{T.calls.of(node, exit)}</h3>
      {lines?.length === 0 && <p className="empty">{T.calls.none}</p>}
      <ul className="lines">
        {lines?.map((call) => (
          <li key={call.id}>
            <button type="button" className="quiet" title={T.calls.replay} onClick={() => trail(call.id).then(onReplay, tellError)}>
              {new Date(call.entered_at).toLocaleString()} · {call.caller || "–"} · {call.outcome ?? "–"} <span className="badge">v{call.version}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Replay({ trail: { visits }, onStop }: { trail: Trail; onStop: () => void }) {
  const flow = useEditor((state) => state.flow);
  const [place, setPlace] = useState(visits.length);
  useEffect(() => {
    const trace = traceOf(visits, flow, place);
    set({ trace });
    if (trace.current !== null) reveal(trace.current, false);
  }, [visits, flow, place]);
  const visit = visits[place - 1];
  return (
    <div>
      <h3>{T.calls.step(place, visits.length)}</h3>
      <p>
        {visit && (
          <>
            <strong>{visit.node}</strong> {T.calls.leftBy(visit.exit)} · {new Date(visit.at).toLocaleTimeString()}
          </>
        )}
      </p>
      <input type="range" aria-label={T.calls.step(place, visits.length)} min={1} max={visits.length} value={place} onChange={(event) => setPlace(Number(event.target.value))} />
      <p>
        <button type="button" disabled={place <= 1} onClick={() => setPlace(place - 1)}>
          {T.calls.previous}
        </button>
        <button type="button" disabled={place >= visits.length} onClick={() => setPlace(place + 1)}>
          {T.calls.next}
        </button>
        <button type="button" onClick={onStop}>
          {T.calls.stop}
        </button>
      </p>
    </div>
  );
}
