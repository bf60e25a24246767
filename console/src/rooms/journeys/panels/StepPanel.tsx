import { DeleteOutlined } from "@ant-design/icons";
import { Alert, Button, Select } from "antd";
import type { FieldFault } from "@/api";
import { Field, useProblem, useT } from "@/ui";
import type { Language } from "@/rooms/audience/tree";
import { allowedTargets, change, connect, exitsOf, remove, type Graph } from "../graph";
import { exitName, stepLine, stepTitle, type Describer } from "../describe";
import { journeyWords } from "../words";
import { Branches } from "./Branches";
import type { FormProps } from "./formProps";
import { SendForm, TagForm, WaitForm, WaitUntilForm, ExitForm } from "./stepForms";
import { Split } from "./Split";

export interface PanelProps {
  graph: Graph;
  id: string;
  language: Language;
  describer: Describer;
  faults: FieldFault[];
  numbers: Map<string, number>;
  onGraph: (graph: Graph) => void;
  onRemoved: () => void;
}

function KindForm(props: FormProps) {
  switch (props.step.kind) {
    case "send":
      return <SendForm {...props} />;
    case "wait":
      return <WaitForm {...props} />;
    case "wait_until":
      return <WaitUntilForm {...props} />;
    case "branch":
      return <Branches {...props} />;
    case "split":
      return <Split {...props} />;
    case "tag":
      return <TagForm {...props} />;
    case "exit":
      return <ExitForm {...props} />;
  }
}

const END = "";

/** Where each exit of the step leads. */
function Ways({ graph, id, describer, numbers, onGraph }: PanelProps) {
  const t = useT(journeyWords);
  const step = graph.nodes[id];
  if (!step || exitsOf(step).length === 0) return null;
  const targets = allowedTargets(graph, id);
  const options = [
    { value: END, label: t("thenEnd") },
    ...targets.map((target) => {
      const other = graph.nodes[target];
      return { value: target, label: other ? t("atStep", { n: numbers.get(target) ?? "", what: `${stepTitle(other, describer)} ${stepLine(other, describer)}`.trim() }) : target };
    }),
  ];
  return (
    <section className="panel-part">
      <h3>{t("thenTitle")}</h3>
      {exitsOf(step).map((exit) => (
        <Field key={exit} label={exitsOf(step).length === 1 ? t("thenTitle") : t("thenOf", { exit: exitName(step, exit, describer) })}>
          {(field) => (
            <Select id={field} style={{ width: "100%" }} value={step.next?.[exit] ?? END} options={options} onChange={(target: string) => { onGraph(connect(graph, id, [exit], target || null)); }} />
          )}
        </Field>
      ))}
    </section>
  );
}

/** What one step does and where its exits lead. */
export function StepPanel(props: PanelProps) {
  const { graph, id, language, describer, faults, onGraph, onRemoved } = props;
  const t = useT(journeyWords);
  const words = useProblem();
  const step = graph.nodes[id];
  if (!step) return null;
  const inside = (fault: FieldFault): string => fault.path.replaceAll(/[[\]]/g, ".").split(/[./]/).filter(Boolean).slice(2).join(".");
  const at = (field: string): FieldFault[] => faults.filter((fault) => inside(fault).startsWith(field));
  const fields = ["channel", "template", "seconds", "at", "fact", "timeout", "where", "branches", "arms", "add", "remove", "reason", "days"];
  const stray = faults.filter((fault) => !fields.some((field) => inside(fault).startsWith(field)));
  return (
    <div className="stack">
      {stray.length ? <Alert type="error" title={stray.map(words.fault).join(" ")} /> : null}
      <KindForm step={step} language={language} describer={describer} at={at} onStep={(next) => { onGraph(change(graph, id, next)); }} />
      <Ways {...props} />
      <div>
        <Button danger type="text" icon={<DeleteOutlined aria-hidden />} onClick={() => { onGraph(remove(graph, id)); onRemoved(); }}>{t("removeStep")}</Button>
      </div>
    </div>
  );
}
