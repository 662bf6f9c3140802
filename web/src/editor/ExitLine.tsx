import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath, getSmoothStepPath } from "@xyflow/react";
import { memo } from "react";
import { strokeOf } from "../flow/heat.ts";
import type { ExitEdge } from "./nodes.ts";
import { selectedNode, useEditor } from "./store.ts";

const ROOM = 40;

export const ExitLine = memo(function ExitLine(props: EdgeProps<ExitEdge>) {
  const { id, data } = props;
  const { node = "", exit = "", gone = false } = data ?? {};
  const count = useEditor((state) => state.heat?.exits.get(`${node}\n${exit}`) ?? (state.heat ? 0 : null));
  const most = useEditor((state) => state.heat?.most ?? 0);
  const sort = useEditor((state) => state.comparison?.exits.get(id) ?? null);
  const isChosen = useEditor((state) => selectedNode(state) === node && (state.exit === null || state.exit === exit));
  const passed = useEditor((state) => (state.trace ? state.trace.exits.has(`${node}\n${exit}`) : null));
  const classes = ["exit-line", gone ? "removed" : sort, isChosen && "chosen", passed && "passed", passed === false && "faded", count !== null && (count > 0 ? "heat" : "cold")];
  const [path, x, y] = pathOf(props);
  return (
    <>
      <BaseEdge
        path={path}
        interactionWidth={16}
        className={classes.filter(Boolean).join(" ")}
        style={count === null ? undefined : { strokeWidth: strokeOf(count, most) }}
        markerEnd="url(#arrow)"
      />
      {count !== null && count > 0 && (
        <EdgeLabelRenderer>
          <div className="heat-label" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            {count}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** A curve to the right; a way back goes round by steps, so that it does not run through its own node. */
function pathOf(props: EdgeProps<ExitEdge>): [string, number, number] {
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = props;
  const ends = { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition };
  const [path, x, y] = targetX > sourceX + ROOM / 2 ? getBezierPath(ends) : getSmoothStepPath({ ...ends, borderRadius: 12, offset: ROOM / 2 });
  return [path, x, y];
}
