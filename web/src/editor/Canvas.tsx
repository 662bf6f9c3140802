import {
  type Connection,
  Controls,
  MiniMap,
  type Node,
  type NodeChange,
  type OnConnectEnd,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  useStoreApi,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Places } from "../flow/body.ts";
import { HEAD_HEIGHT, NODE_WIDTH } from "../flow/size.ts";
import { T } from "../texts.ts";
import { ExitLine } from "./ExitLine.tsx";
import { NodeCard } from "./NodeCard.tsx";
import { addNode } from "./actions.ts";
import { type CardNode, Cards, type ExitEdge, edgesOf } from "./nodes.ts";
import { change, choose, drawnBody, drawnPlaces, editField, editor, set, theDraft, useEditor } from "./store.ts";

export const DRAGGED_KIND = "application/x-node-kind";

const NODE_TYPES = { card: NodeCard };
const EDGE_TYPES = { exit: ExitLine };
const MAP = { width: 168, height: 96 };
const FIT = { maxZoom: 1, padding: 0.1 };
// A node that is brought into sight is at least this large, and stands left of the middle: ways go to the right.
const READABLE = 0.8;
// From further away a node shows its name alone, large: the rest could not be read, and costs time to draw.
const FAR = 0.4;
const LEFT_OF_MIDDLE = 0.3;
const UPPER = 0.4;

type View = ReturnType<typeof useReactFlow<CardNode, ExitEdge>>;

export function Canvas() {
  return (
    <ReactFlowProvider>
      <Drawing />
    </ReactFlowProvider>
  );
}

function Drawing() {
  const kinds = useEditor((state) => state.kinds);
  const drawer = useEditor((state) => state.drawer);
  const canEdit = useEditor((state) => state.mayEdit && !state.comparison);
  const view = useReactFlow<CardNode, ExitEdge>();
  const isFar = useStore((state) => state.transform[2] < FAR);
  const { nodes, edges, onNodesChange, onDragStop } = useDrawn();
  useReveal();
  const groupOf = (node: Node) => kinds[(node as CardNode).data.content.kind]?.group ?? "route";
  return (
    <ReactFlow<CardNode, ExitEdge>
      className={isFar ? "far" : ""}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onInit={() => void begin(view)}
      onNodesChange={onNodesChange}
      onSelectionDragStop={onDragStop}
      onNodeDragStop={onDragStop}
      onConnect={connect}
      onConnectEnd={letGo}
      onNodeDoubleClick={(_, node) => editField(node.id, "")}
      onEdgeClick={(_, edge) => edge.data && choose([edge.data.node], edge.data.exit)}
      onPaneClick={() => choose([])}
      onDrop={(event) => drop(event, view)}
      onDragOver={(event) => event.preventDefault()}
      nodesDraggable={canEdit}
      nodesConnectable={canEdit}
      onlyRenderVisibleElements={!isFar}
      {...FIXED}
    >
      <ArrowHead />
      {!drawer && <MiniMap pannable zoomable style={MAP} nodeClassName={(node) => `map-${groupOf(node)}`} ariaLabel={null} />}
      <Controls showInteractive={false} fitViewOptions={FIT} />
    </ReactFlow>
  );
}

// Keys are ours: xyflow's own would move nodes where ours go from one to the next.
const FIXED = {
  nodesFocusable: false,
  edgesFocusable: false,
  disableKeyboardA11y: true,
  deleteKeyCode: null,
  selectionKeyCode: "Shift",
  multiSelectionKeyCode: ["Control", "Meta"],
  colorMode: "system" as const,
  minZoom: 0.08,
  maxZoom: 2,
  "aria-label": T.editor.canvas,
};

/** The document as nodes and edges. While a node is dragged its place is kept here, and is one change when it is let go. */
function useDrawn() {
  const body = useEditor(drawnBody);
  const places = useEditor(drawnPlaces);
  const kinds = useEditor((state) => state.kinds);
  const selected = useEditor((state) => state.history.selected);
  const comparison = useEditor((state) => state.comparison);
  const [dragged, setDragged] = useState<Places>({});
  const cards = useRef(new Cards());
  const nodes = useMemo(
    () => cards.current.of(body, { ...places, ...dragged }, kinds, new Set(selected)),
    [body, places, dragged, kinds, selected],
  );
  const edges = useMemo(() => edgesOf(body, comparison?.exits.keys() ?? []), [body, comparison]);
  const onNodesChange = (changes: NodeChange<CardNode>[]) => {
    const moves = changes.flatMap((one) => (one.type === "position" && one.position ? [[one.id, rounded(one.position)] as const] : []));
    if (moves.length > 0) setDragged((was) => ({ ...was, ...Object.fromEntries(moves) }));
    const picks = changes.filter((one) => one.type === "select");
    if (picks.length > 0) choose(afterPicks(picks));
  };
  const onDragStop = () => {
    if (Object.keys(dragged).length > 0) change({ do: "move", places: dragged });
    setDragged({});
  };
  return { nodes, edges, onNodesChange, onDragStop };
}

function drop(event: React.DragEvent, view: View): void {
  const kind = event.dataTransfer.getData(DRAGGED_KIND);
  if (kind) addNode(kind, rounded(view.screenToFlowPosition({ x: event.clientX - NODE_WIDTH / 2, y: event.clientY - 20 })));
}

function connect({ source, sourceHandle, target }: Connection): void {
  if (sourceHandle) change({ do: "connect", from: { node: source, exit: sourceHandle }, to: target });
}

/** An exit let go over a node: its whole card takes it; over nothing: ask what should come there. */
const letGo: OnConnectEnd = (event, { fromNode, fromHandle, toHandle }) => {
  if (!fromNode || !fromHandle?.id || fromHandle.type !== "source" || toHandle) return;
  const from = { node: fromNode.id, exit: fromHandle.id };
  const to = nodeUnder(event);
  choose([from.node], from.exit);
  if (to === null) set({ dialog: "add" });
  else change({ do: "connect", from, to });
};

function ArrowHead() {
  return (
    <svg className="defs" aria-hidden="true">
      <defs>
        <marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="14" markerHeight="14" markerUnits="userSpaceOnUse" orient="auto">
          <path d="M1 1 9 5 1 9" fill="none" stroke="context-stroke" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
        </marker>
      </defs>
    </svg>
  );
}

function nodeUnder(event: MouseEvent | TouchEvent): string | null {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  const under = point && document.elementFromPoint(point.clientX, point.clientY);
  return under?.closest<HTMLElement>("[data-node]")?.dataset.node ?? null;
}

function afterPicks(picks: { id: string; selected: boolean }[]): string[] {
  const selected = new Set(editor().history.selected);
  for (const { id, selected: isOn } of picks) {
    if (isOn) selected.add(id);
    else selected.delete(id);
  }
  return [...selected];
}

function rounded({ x, y }: { x: number; y: number }): { x: number; y: number } {
  return { x: Math.round(x), y: Math.round(y) };
}

/** The whole flow, if it can be read then; else its start. */
async function begin(view: View): Promise<void> {
  await view.fitView(FIT);
  const { body, layout } = theDraft();
  const start = layout.nodes[body.start];
  if (view.getZoom() >= READABLE || !start) return;
  const { height } = document.querySelector(".drawing")?.getBoundingClientRect() ?? { height: 0 };
  await view.setViewport({ x: MARGIN - start.x * READABLE, y: height * UPPER - start.y * READABLE, zoom: READABLE });
}

const MARGIN = 40;
const MOST_FRAMES = 40;

/** Bring a node into sight when it is asked for, and focus it once it is drawn. */
function useReveal(): void {
  const asked = useEditor((state) => state.reveal);
  const view = useReactFlow();
  const flow = useStoreApi();
  // Before the next key comes, where the node is drawn already.
  useLayoutEffect(() => {
    const place = asked && drawnPlaces(editor())[asked.node];
    if (!asked || !place) return;
    const { width, height } = flow.getState();
    const { x, y, zoom } = view.getViewport();
    const [left, top] = [place.x * zoom + x, place.y * zoom + y];
    const isSeen = left > 0 && top > 0 && left + NODE_WIDTH * zoom < width && top + 120 * zoom < height && zoom >= READABLE / 2;
    if (!isSeen) {
      const near = Math.max(zoom, READABLE);
      const at = { x: width * LEFT_OF_MIDDLE - place.x * near, y: height * UPPER - (place.y + HEAD_HEIGHT) * near };
      void view.setViewport({ ...at, zoom: near }, { duration: calm() ? 0 : 150 });
    }
    let frame = 0;
    const focus = () => {
      if (isPast(asked.count)) return;
      const card = document.querySelector<HTMLElement>(`[data-node="${CSS.escape(asked.node)}"]`);
      if (card) return card.focus({ preventScroll: true });
      frame += 1;
      if (frame < MOST_FRAMES) requestAnimationFrame(focus);
    };
    if (asked.focus) focus();
    set({ reveal: null });
  }, [asked, view, flow]);
}

/** Something else has been asked for since: whoever types fast is further on, and keeps the focus there. */
function isPast(count: number): boolean {
  const { edit, reveal, dialog } = editor();
  return dialog !== null || Math.max(edit?.count ?? 0, reveal?.focus ? reveal.count : 0) > count;
}

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
