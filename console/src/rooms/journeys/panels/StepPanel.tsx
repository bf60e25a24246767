import { DeleteOutlined } from "@ant-design/icons";
import { Alert, Button, Select } from "antd";
import type { FieldFault } from "@/api";
import { Field, SettingsForm, useLocalized, useProblem, useT, faultsIn } from "@/ui";
import { allowedTargets, change, connect, exitsOf, kindOf, remove, type Graph, type Step } from "../graph";
import { exitName, stepName, type Describer } from "../describe";
import { journeyWords } from "../words";
import { JOURNEY_PICKERS } from "./pickers";

export interface PanelProps {
  graph: Graph;
  id: string;
  describer: Describer;
  faults: FieldFault[];
  numbers: Map<string, number>;
  onGraph: (graph: Graph) => void;
  onRemoved: () => void;
}

const END = "";

/** Where each exit of the step leads. */
function Ways({ graph, id, describer, numbers, onGraph }: PanelProps) {
  const t = useT(journeyWords);
  const step = graph.nodes[id];
  const exits = step ? exitsOf(describer.kinds, step) : [];
  if (!step || exits.length === 0) return null;
  const options = [
    { value: END, label: t("thenEnd") },
    ...allowedTargets(graph, id).map((target) => ({ value: target, label: t("atStep", { n: numbers.get(target) ?? "", what: stepName(target, describer) }) })),
  ];
  return (
    <section className="panel-part">
      <h3>{t("thenTitle")}</h3>
      {exits.map((exit) => (
        <Field key={exit} label={exits.length === 1 ? t("thenTitle") : t("thenOf", { exit: exitName(id, exit, describer) })}>
          {(field) => <Select id={field} className="settings-wide" value={step.next?.[exit] ?? END} options={options} onChange={(target: string) => { onGraph(connect(graph, id, [exit], target || null)); }} />}
        </Field>
      ))}
    </section>
  );
}

/** What one step does, drawn from the schema of its kind, and where its exits lead. */
export function StepPanel(props: PanelProps) {
  const { graph, id, describer, faults, onGraph, onRemoved } = props;
  const t = useT(journeyWords);
  const localized = useLocalized();
  const problem = useProblem();
  const step = graph.nodes[id];
  const kind = kindOf(describer.kinds, step);
  if (!step || !kind) return null;
  const at = faultsIn(faults, `nodes.${id}`);
  const names = Object.keys(kind.settings.properties ?? {});
  const placed = new Set(names.flatMap(at));
  const stray = faults.filter((fault) => !placed.has(fault));
  return (
    <div className="stack">
      <p className="muted">{localized(kind.help)}</p>
      {stray.length ? <Alert type="error" title={stray.map(problem.fault).join(" ")} /> : null}
      <SettingsForm
        schema={kind.settings} settings={settingsOf(step)} pickers={JOURNEY_PICKERS} at={at}
        onChange={(settings) => { onGraph(change(describer.kinds, graph, id, { ...envelopeOf(step), ...settings })); }}
      />
      <Ways {...props} />
      <div>
        <Button danger type="text" icon={<DeleteOutlined aria-hidden />} onClick={() => { onGraph(remove(describer.kinds, graph, id)); onRemoved(); }}>{t("removeStep")}</Button>
      </div>
    </div>
  );
}

function settingsOf({ kind: _kind, next: _next, label: _label, ...settings }: Step): Record<string, unknown> {
  return settings;
}

function envelopeOf({ kind, next, label }: Step): Step {
  return { kind, ...(next === undefined ? {} : { next }), ...(label === undefined ? {} : { label }) };
}
