import { Radio } from "antd";
import type { FieldFault } from "@/api";
import { Field, SettingsForm, useLocalized, useT, useZoneLabel, faultsIn } from "@/ui";
import type { Graph, StepKinds } from "../graph";
import { journeyWords } from "../words";
import { JOURNEY_PICKERS } from "./pickers";

interface Props {
  graph: Graph;
  kinds: StepKinds;
  faults: FieldFault[];
  onGraph: (graph: Graph) => void;
}

/** Who enters the journey, and when. */
export function TriggerPanel({ graph, kinds, faults, onGraph }: Props) {
  const t = useT(journeyWords);
  const localized = useLocalized();
  const zone = useZoneLabel();
  const { kind, ...settings } = graph.trigger;
  const chosen = kinds.triggers.find((trigger) => trigger.kind === kind);
  const at = faultsIn(faults, "trigger");
  const pick = (next: string): void => {
    const start = kinds.triggers.find((trigger) => trigger.kind === next)?.start;
    onGraph({ ...graph, trigger: { kind: next, ...start } });
  };
  return (
    <div className="stack">
      <Field label={t("triggerKind")} faults={at("kind")}>
        {(id) => (
          <Radio.Group
            id={id} className="radio-list" value={kind} onChange={(event) => { pick(String(event.target.value)); }}
            options={kinds.triggers.map((trigger) => ({ value: trigger.kind, label: localized(trigger.label) }))}
          />
        )}
      </Field>
      {chosen?.help ? <p className="muted">{localized(chosen.help)}</p> : null}
      {chosen ? <SettingsForm schema={chosen.settings} settings={settings} pickers={JOURNEY_PICKERS} at={at} onChange={(next) => { onGraph({ ...graph, trigger: { kind, ...next } }); }} /> : null}
      {"at" in settings ? <p className="muted">{zone}</p> : null}
    </div>
  );
}
