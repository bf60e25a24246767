import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type Edge, type EdgeProps } from "@xyflow/react";
import { format, useLocale, useT } from "@/ui";
import type { Place } from "../graph";
import { journeyWords } from "../words";
import { InsertButton } from "./InsertButton";
import { useCanvas } from "./scope";

export type FlowLine = Edge<{ label: string; place: Place; flow: number | null; share: number; stub: boolean; lane: number | null; own: boolean }, "flow">;

const BEND = 10;
const LABEL_DROP = 22;

/** Down a little, across to the lane, down the lane, across to the step. */
function lanePath(x1: number, y1: number, x2: number, y2: number, lane: number): string {
  const high = y1 + LABEL_DROP;
  const low = y2 - LABEL_DROP;
  const turn = (from: number, to: number): number => Math.sign(to - from) * Math.min(BEND, Math.abs(to - from) / 2);
  const out = turn(x1, lane);
  const back = turn(lane, x2);
  return [
    `M${x1} ${y1}`, `L${x1} ${high - Math.abs(out)}`, `Q${x1} ${high} ${x1 + out} ${high}`, `L${lane - out} ${high}`, `Q${lane} ${high} ${lane} ${high + Math.abs(out)}`,
    `L${lane} ${low - Math.abs(back)}`, `Q${lane} ${low} ${lane + back} ${low}`, `L${x2 - back} ${low}`, `Q${x2} ${low} ${x2} ${low + Math.abs(back)}`, `L${x2} ${y2}`,
  ].join(" ");
}

const THIN = 1.5;
const THICK = 9;
const HEAD_LENGTH = 9;
/** Half of a head's width beyond its line's: a head is always broader than what it ends. */
const HEAD_BEYOND = 4;

/** A line between steps, thick by how many took it, with its exit's name and a plus in its middle. */
export function FlowEdge({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data }: EdgeProps<FlowLine>) {
  const t = useT(journeyWords);
  const { locale } = useLocale();
  const { editable } = useCanvas();
  const endY = data?.stub ? targetY : targetY - HEAD_LENGTH;
  const [plain, midX, midY] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY: endY, sourcePosition, targetPosition, borderRadius: BEND });
  const lane = data?.lane ?? null;
  const path = lane === null ? plain : lanePath(sourceX, sourceY, targetX, endY, lane);
  const width = THIN + Math.sqrt(data?.share ?? 0) * (THICK - THIN);
  const half = width / 2 + HEAD_BEYOND;
  const flow = data?.flow ? format.compact(data.flow, locale) : "";
  const straight = Math.abs(sourceX - targetX) < 4;
  // A name stands where its line is alone: over its own step, in its lane, or under the exit it leaves by.
  const labelX = lane ?? (straight || !data?.own ? sourceX : targetX);
  const labelY = lane !== null ? sourceY + LABEL_DROP + 28 : straight || !data?.own ? sourceY + 16 : targetY - 22;
  const plusX = lane ?? (straight ? midX : data?.own ? targetX : midX);
  const plusY = lane !== null ? (sourceY + targetY) / 2 + 14 : straight ? midY + 8 : midY;
  return (
    <>
      <BaseEdge id={id} path={path} className={data?.flow ? "flow-path carried" : "flow-path"} style={{ strokeWidth: width }} />
      {data?.stub ? null : <path className={data?.flow ? "flow-head carried" : "flow-head"} d={`M${targetX - half} ${endY} L${targetX + half} ${endY} L${targetX} ${targetY} Z`} />}
      <EdgeLabelRenderer>
        {data?.label || flow ? (
          <div className="flow-label" style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}>
            {data?.label ? <span>{data.label}</span> : null}
            {flow ? <span className="num muted">{flow}</span> : null}
          </div>
        ) : null}
        {editable && data && !data.stub ? (
          <div className="flow-plus" style={{ transform: `translate(-50%, -50%) translate(${plusX}px, ${plusY}px)` }}>
            <InsertButton place={data.place} label={t("insertHere")} />
          </div>
        ) : null}
      </EdgeLabelRenderer>
    </>
  );
}
