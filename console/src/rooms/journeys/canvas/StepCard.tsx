import { ExclamationCircleFilled } from "@ant-design/icons";
import { Tooltip } from "antd";
import { Num, useProblem, useT } from "@/ui";
import { stepLine, stepTitle } from "../describe";
import { kindOf } from "../graph";
import { journeyWords } from "../words";
import { useCanvas } from "./scope";
import { StepIcon } from "./StepIcon";

/** The live numbers of a step: who stands here, who went on, who left the journey here. */
function Counts({ id }: { id: string }) {
  const t = useT(journeyWords);
  const { counts, onPeople } = useCanvas();
  const own = counts?.nodes[id];
  if (!counts) return null;
  const figures: [string, number][] = [[t("waiting"), own?.waiting ?? 0], [t("passed"), own?.passed ?? 0]];
  if (own?.messages) {
    const sent = own.messages.sent + own.messages.delivered + own.messages.sending;
    const withheld = Object.values(own.messages.withheld).reduce((sum, n) => sum + n, 0);
    figures.splice(0, 2, [t("deliveredN"), sent], [t("withheldN"), withheld]);
    if (own.messages.queued) figures.push([t("waitingSend"), own.messages.queued]);
    if (own.messages.held) figures.push([t("heldSend"), own.messages.held]);
  }
  if (own?.left) figures.push([t("leftHere"), own.left]);
  const inner = figures.map(([label, value]) => (
    <span key={label}><span className="muted">{label}</span> <Num value={value} short /></span>
  ));
  if (!onPeople) return <div className="step-counts">{inner}</div>;
  return (
    <button type="button" className="step-counts nodrag nopan" onClick={(event) => { event.stopPropagation(); onPeople(id); }}>
      {inner}
    </button>
  );
}

interface Props {
  id: string;
}

/** A step as a card: icon, what it does, its numbers, what is wrong with it. */
export function StepCard({ id }: Props) {
  const { graph, describer, faults, selected, lit, numbers, onSelect } = useCanvas();
  const problems = useProblem();
  const step = graph.nodes[id];
  if (!step) return null;
  const stepFaults = faults.get(id) ?? [];
  const state = [
    "step-card",
    selected === id ? "selected" : "",
    stepFaults.length ? "faulty" : "",
    lit ? (lit.now === id ? "lit-now" : lit.seen.has(id) ? "lit" : "unlit") : "",
  ].filter(Boolean).join(" ");
  return (
    <div className={state}>
      <button type="button" className="step-main nopan" onClick={() => { onSelect(id); }} aria-pressed={selected === id}>
        <span className="row">
          <StepIcon icon={kindOf(describer.kinds, step)?.icon ?? ""} />
          <span className="step-title">{stepTitle(id, describer)}</span>
          <span className="step-number muted num">{numbers.get(id)}</span>
          {stepFaults.length ? (
            <Tooltip title={<ul>{stepFaults.map((fault) => <li key={`${fault.path}${fault.reason}`}>{problems.fault(fault)}</li>)}</ul>}>
              <ExclamationCircleFilled className="step-fault" aria-label={stepFaults.map(problems.fault).join(" ")} />
            </Tooltip>
          ) : null}
        </span>
        <span className="step-line">{stepLine(id, describer)}</span>
      </button>
      <Counts id={id} />
    </div>
  );
}
