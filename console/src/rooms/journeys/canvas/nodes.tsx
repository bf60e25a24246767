import { LoginOutlined } from "@ant-design/icons";
import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { Num, useT } from "@/ui";
import { waysOf } from "../graph";
import { TRIGGER_ID } from "../layout";
import { triggerLine } from "../describe";
import { journeyWords } from "../words";
import { InsertButton } from "./InsertButton";
import { useCanvas } from "./scope";
import { StepCard } from "./StepCard";

export type StubNode = Node<{ node: string; exits: string[] }, "stub">;

/** The card at the top: who enters. */
export function TriggerNode() {
  const t = useT(journeyWords);
  const { describer, faults, selected, counts, onSelect } = useCanvas();
  const faulty = (faults.get(TRIGGER_ID) ?? []).length > 0;
  return (
    <div className={`step-card trigger${selected === TRIGGER_ID ? " selected" : ""}${faulty ? " faulty" : ""}`}>
      <button type="button" className="step-main nopan" onClick={() => { onSelect(TRIGGER_ID); }} aria-pressed={selected === TRIGGER_ID}>
        <span className="row">
          <span className="step-icon icon-trigger" aria-hidden="true"><LoginOutlined aria-hidden /></span>
          <span className="step-title">{t("trigger")}</span>
        </span>
        <span className="step-line">{triggerLine(describer)}</span>
      </button>
      {counts?.entered === undefined ? null : <div className="step-counts"><span><span className="muted">{t("entered")}</span> <Num value={counts.entered} short /></span></div>}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}

export function StepNode({ id }: NodeProps) {
  const { graph, describer, editable } = useCanvas();
  const step = graph.nodes[id];
  const ways = step ? waysOf(describer.kinds, step) : [];
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={editable} />
      <StepCard id={id} />
      {ways.map((way, index) => (
        <Handle key={way.exits.join("+")} id={way.exits.join("+")} type="source" position={Position.Bottom} isConnectable={editable} style={{ left: `${((index + 1) / (ways.length + 1)) * 100}%` }} />
      ))}
    </>
  );
}

/** An open end: the journey ends here; a plus adds a step. */
export function StubNodeView({ data }: NodeProps<StubNode>) {
  const t = useT(journeyWords);
  const { editable } = useCanvas();
  return (
    <div className="stub">
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {editable ? (
        <InsertButton place={{ at: "exits", node: data.node, exits: data.exits }} label={t("addStep")} className="stub-button">{t("endHere")}</InsertButton>
      ) : (
        <span className="stub-end">{t("endHere")}</span>
      )}
    </div>
  );
}
