// The flow as a tree: the same graph for screen readers and small screens.
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { type Line, outline } from "../flow/outline.ts";
import { summaryOf } from "../flow/summary.ts";
import { T } from "../texts.ts";
import { KindIcon } from "./icons.tsx";
import { choose, drawnBody, selectedNode, useEditor } from "./store.ts";

export default function Outline() {
  const body = useEditor(drawnBody);
  const kinds = useEditor((state) => state.kinds);
  const lines = useMemo(() => outline(body, kinds), [body, kinds]);
  const [folded, setFolded] = useState<Set<string>>(new Set());
  const [at, setAt] = useState<string | null>(null);
  const selected = useEditor(selectedNode);
  const tree = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => visible(lines, folded), [lines, folded]);
  const current = shown.find(({ id }) => id === at) ?? shown.find(({ node, sort }) => node === selected && sort === "node") ?? shown[0];
  const go = (line: Line | undefined) => {
    if (!line) return;
    setAt(line.id);
    chooseLine(line);
    requestAnimationFrame(() => tree.current?.querySelector<HTMLElement>(`[data-line="${CSS.escape(line.id)}"]`)?.focus());
  };
  const fold = (line: Line, close: boolean) => {
    setFolded((was) => new Set(close ? [...was, line.id] : [...was].filter((id) => id !== line.id)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!current || event.ctrlKey || event.altKey || event.shiftKey) return;
    const act = actsOf({ lines, shown, current, isOpen: current.children > 0 && !folded.has(current.id), go, fold })[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <div className="outline">
      <p className="about">{T.editor.outlineHelp}</p>
      <div ref={tree} role="tree" aria-label={T.editor.outline} onKeyDown={onKeyDown}>
        {shown.map((line) => (
          <OutlineLine key={line.id} line={line} isCurrent={line === current} isFolded={folded.has(line.id)} onGo={() => go(line)} />
        ))}
      </div>
    </div>
  );
}

function chooseLine(line: Line): void {
  if (line.node && line.sort !== "missing") choose([line.node]);
  else if (line.from) choose([line.from.node], line.from.exit.name);
}

interface Tree {
  lines: Line[];
  shown: Line[];
  current: Line;
  isOpen: boolean;
  go: (line: Line | undefined) => void;
  fold: (line: Line, close: boolean) => void;
}

/** What keys do on the current line, as in any tree. */
function actsOf({ lines, shown, current, isOpen, go, fold }: Tree): Record<string, () => void> {
  const place = shown.indexOf(current);
  return {
    ArrowDown: () => go(shown[place + 1]),
    ArrowUp: () => go(shown[place - 1]),
    Home: () => go(shown[0]),
    End: () => go(shown.at(-1)),
    ArrowRight: () => (isOpen ? go(shown[place + 1]) : current.sort === "reference" ? go(written(lines, current.node)) : fold(current, false)),
    ArrowLeft: () => (isOpen ? fold(current, true) : go(shown.find(({ id }) => id === current.parent))),
  };
}

function OutlineLine({ line, isCurrent, isFolded, onGo }: { line: Line; isCurrent: boolean; isFolded: boolean; onGo: () => void }) {
  const node = useEditor((state) => drawnBody(state).nodes[line.node]);
  const kinds = useEditor((state) => state.kinds);
  const prompts = useEditor((state) => state.known.prompts);
  const problems = useEditor((state) => (line.sort === "node" ? state.problemsOf.get(line.node)?.length : 0)) ?? 0;
  const isHere = useEditor((state) => state.trace?.current === line.node && line.sort === "node");
  const kind = node ? kinds[node.kind] : undefined;
  return (
    <div
      role="treeitem"
      data-line={line.id}
      data-outline-node={line.sort === "node" ? line.node : undefined}
      aria-level={line.level}
      aria-expanded={line.children > 0 ? !isFolded : undefined}
      aria-selected={isCurrent}
      tabIndex={isCurrent ? 0 : -1}
      className={`outline-line ${line.sort} ${isHere ? "here" : ""}`}
      style={{ paddingInlineStart: `${(line.level - 1) * 1.25 + 0.5}rem` }}
      onClick={onGo}
    >
      {line.children > 0 && <span aria-hidden="true">{isFolded ? "▸" : "▾"}</span>}
      {line.from && (
        <span className="outline-exit">
          {line.from.exit.hint && <span className="port-hint">{line.from.exit.hint}</span>} {line.from.exit.name} →
        </span>
      )}
      {node && line.sort === "node" && <KindIcon kind={node.kind} group={kind?.group ?? "route"} />}
      <span className="outline-name">{line.sort === "missing" ? T.editor.open : line.node}</span>
      {node && line.sort === "node" && (
        <span className="card-kind">
          {[kind?.title ?? node.kind, summaryOf(node, kinds, (prompt) => prompts.get(prompt) ?? "")].filter(Boolean).join(" · ")}
        </span>
      )}
      {line.unreachable && line.level === 1 && <span className="badge warning">?</span>}
      {problems > 0 && <span className="badge error">{problems}</span>}
    </div>
  );
}

function visible(lines: Line[], folded: Set<string>): Line[] {
  const hidden = new Set<string>();
  return lines.filter((line) => {
    const isHidden = line.parent !== null && (hidden.has(line.parent) || folded.has(line.parent));
    if (isHidden) hidden.add(line.id);
    return !isHidden;
  });
}

function written(lines: Line[], node: string): Line | undefined {
  return lines.find((line) => line.node === node && line.sort === "node");
}
