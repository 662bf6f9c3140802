import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import type { NodeBody } from "../flow/body.ts";
import { type Exit, dangles } from "../flow/exits.ts";
import { summaryOf } from "../flow/summary.ts";
import { T } from "../texts.ts";
import { KindIcon } from "./icons.tsx";
import type { CardNode } from "./nodes.ts";
import { INTO } from "./nodes.ts";
import { choose, drawnBody, selectedNode, set, useEditor } from "./store.ts";

const SIGN = { added: "+", removed: "−", changed: "~", renamed: "→" };

export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const { content, exits } = data;
  const kind = useEditor((state) => state.kinds[content.kind]);
  const isStart = useEditor((state) => drawnBody(state).start === id);
  const isHere = useEditor((state) => state.trace?.current === id);
  const isCurrent = useEditor((state) => selectedNode(state) === id || (state.history.selected.length === 0 && isStart));
  const looks = useLooks(id);
  return (
    <div
      className={["card", `group-${kind?.group ?? "route"}`, selected && "selected", isHere && "here", looks].filter(Boolean).join(" ")}
      data-node={id}
      role="group"
      tabIndex={isCurrent ? 0 : -1}
      aria-label={T.editor.nodeLabel(kind?.title ?? content.kind, id, exits.length)}
      aria-current={isHere ? "step" : undefined}
      onFocus={(event) => event.target === event.currentTarget && !selected && choose([id])}
    >
      <Handle id={INTO} type="target" position={Position.Left} className="into" />
      <Head id={id} content={content} isStart={isStart} />
      <div className="ports">
        {exits.map((exit) => (
          <Port key={exit.name} node={id} exit={exit} />
        ))}
      </div>
      {exits.length > 0 && <Left node={id} />}
    </div>
  );
});

/** As classes: what a comparison, a call or the tests say of the node. */
function useLooks(id: string): string {
  const change = useEditor((state) => state.comparison?.nodes.get(id) ?? "");
  const isFaded = useEditor((state) => state.trace !== null && !state.trace.nodes.has(id));
  const isMissed = useEditor((state) => state.missed?.has(id) ?? false);
  return [isFaded && "faded", change, isMissed && "missed"].filter(Boolean).join(" ");
}

function Head({ id, content, isStart }: { id: string; content: NodeBody; isStart: boolean }) {
  const kinds = useEditor((state) => state.kinds);
  const prompts = useEditor((state) => state.known.prompts);
  const change = useEditor((state) => state.comparison?.nodes.get(id) ?? null);
  const kind = kinds[content.kind];
  const summary = summaryOf(content, kinds, (prompt) => prompts.get(prompt) ?? "");
  return (
    <div className="card-head">
      <KindIcon kind={content.kind} group={kind?.group ?? "route"} />
      <div className="card-words">
        <span className="card-name">{id}</span>
        <span className="card-kind">
          {kind?.title ?? content.kind}
          {summary && <span className="card-summary"> · {summary}</span>}
        </span>
      </div>
      {isStart && <span className="badge start">{T.editor.start}</span>}
      {change && (
        <span className={`badge change ${change}`} title={T.versions.legend[change]}>
          <span aria-hidden="true">{SIGN[change]}</span> {T.versions.legend[change]}
        </span>
      )}
      <Marks node={id} />
    </div>
  );
}

function Marks({ node }: { node: string }) {
  const problems = useEditor((state) => state.problemsOf.get(node));
  if (!problems) return null;
  const isError = problems.some(({ severity }) => severity === "error");
  return (
    <span className={`badge ${isError ? "error" : "warning"}`} title={problems.map(({ text }) => text).join("\n")}>
      <span aria-hidden="true">{isError ? "!" : "△"}</span>
      <span className="sr">{isError ? T.problems.error : T.problems.warning}</span> {problems.length}
    </span>
  );
}

function Port({ node, exit }: { node: string; exit: Exit }) {
  const isChosen = useEditor((state) => state.exit === exit.name && selectedNode(state) === node);
  const loose = useEditor((state) => dangles(exit, drawnBody(state)));
  const passed = useEditor((state) => state.trace?.exits.has(`${node}\n${exit.name}`) ?? false);
  const classes = ["port", exit.sort, isChosen && "chosen", loose && "loose", passed && "passed", exit.target === null && "unled"];
  return (
    <div
      className={classes.filter(Boolean).join(" ")}
      onClick={(event) => {
        event.stopPropagation();
        choose([node], exit.name);
      }}
      onDoubleClick={() => set({ dialog: exit.target === null ? "add" : "connect" })}
    >
      {exit.hint && <span className="port-hint">{exit.hint}</span>}
      <span className="port-name">{exit.name}</span>
      {loose && (
        <span className="port-loose" title={T.editor.open}>
          !
        </span>
      )}
      <Handle id={exit.name} type="source" position={Position.Right} className="out" />
    </div>
  );
}

/** Of the callers who came here, the share that went no further. */
function Left({ node }: { node: string }) {
  const heat = useEditor((state) => state.heat?.nodes.get(node));
  if (!heat || heat.left === 0) return null;
  return (
    <div className="went" title={T.calls.left}>
      ⤓ {T.calls.share(heat.left)}
    </div>
  );
}
