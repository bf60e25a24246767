import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type Edge, type EdgeProps } from "@xyflow/react";
import { format, useLocale, useT } from "@/ui";
import type { Place } from "../graph";
import { journeyWords } from "../words";
import { InsertButton } from "./InsertButton";
import { useCanvas } from "./scope";

export type FlowLine = Edge<{ label: string; place: Place; flow: number | null; share: number; stub: boolean }, "flow">;

const THIN = 1.5;
const THICK = 9;

/** A line between steps, thick by how many took it, with its exit's name and a plus in its middle. */
export function FlowEdge({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data }: EdgeProps<FlowLine>) {
  const t = useT(journeyWords);
  const { locale } = useLocale();
  const { editable } = useCanvas();
  const [path, midX, midY] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 10 });
  const width = THIN + Math.sqrt(data?.share ?? 0) * (THICK - THIN);
  const flow = data?.flow ? format.compact(data.flow, locale) : "";
  const straight = Math.abs(sourceX - targetX) < 4;
  const labelX = straight ? midX : targetX;
  const labelY = straight ? sourceY + 16 : targetY - 22;
  return (
    <>
      <BaseEdge id={id} path={path} className={data?.flow ? "flow-path carried" : "flow-path"} style={{ strokeWidth: width }} />
      <EdgeLabelRenderer>
        {data?.label || flow ? (
          <div className="flow-label" style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}>
            {data?.label ? <span>{data.label}</span> : null}
            {flow ? <span className="num muted">{flow}</span> : null}
          </div>
        ) : null}
        {editable && data && !data.stub ? (
          <div className="flow-plus" style={{ transform: `translate(-50%, -50%) translate(${straight ? midX : sourceX + (targetX - sourceX) * 0.5}px, ${midY}px)` }}>
            <InsertButton place={data.place} label={t("insertHere")} />
          </div>
        ) : null}
      </EdgeLabelRenderer>
    </>
  );
}
