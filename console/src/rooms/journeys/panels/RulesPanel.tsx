import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Radio } from "antd";
import type { FieldFault } from "@/api";
import { SettingsForm, useLocalized, useT, faultsIn } from "@/ui";
import type { Graph, Rule, StepKinds } from "../graph";
import { journeyWords } from "../words";
import { JOURNEY_PICKERS } from "./pickers";

interface Props {
  graph: Graph;
  kinds: StepKinds;
  faults: FieldFault[];
  onGraph: (graph: Graph) => void;
}

const EXITS_MAX = 20;

/** What counts as success, what takes a member out early, who may come again. */
export function RulesPanel({ graph, kinds, faults, onGraph }: Props) {
  const t = useT(journeyWords);
  const localized = useLocalized();
  const { goal } = graph;
  const exits = graph.exits ?? [];
  const { kind: again, ...reentry } = graph.reentry;
  const chosen = kinds.reentries.find((each) => each.kind === again);
  const setExits = (next: Rule[]): void => { onGraph({ ...graph, exits: next }); };
  return (
    <div className="stack loose">
      <section className="panel-part">
        <h3>{t("goal")}</h3>
        <p className="muted">{t("goalHint")}</p>
        {goal ? (
          <>
            <SettingsForm schema={kinds.goal.settings} settings={goal} pickers={JOURNEY_PICKERS} at={faultsIn(faults, "goal")} onChange={(next) => { onGraph({ ...graph, goal: next }); }} />
            <div><Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} onClick={() => { onGraph({ ...graph, goal: null }); }}>{t("removeGoal")}</Button></div>
          </>
        ) : (
          <Button type="dashed" icon={<PlusOutlined aria-hidden />} onClick={() => { onGraph({ ...graph, goal: kinds.goal.start }); }}>{t("goalOn")}</Button>
        )}
      </section>
      <section className="panel-part">
        <h3>{t("exitsTitle")}</h3>
        <p className="muted">{t("exitsHint")}</p>
        {exits.map((rule, index) => (
          <div key={index} className="branch">
            <SettingsForm
              schema={kinds.exit.settings} settings={rule} pickers={JOURNEY_PICKERS} at={faultsIn(faults, `exits[${String(index)}]`)}
              onChange={(next) => { setExits(exits.map((old, place) => (place === index ? next : old))); }}
            />
            <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} onClick={() => { setExits(exits.filter((_, place) => place !== index)); }}>{t("removeEntry")}</Button>
          </div>
        ))}
        <Button type="dashed" icon={<PlusOutlined aria-hidden />} disabled={exits.length >= EXITS_MAX} onClick={() => { setExits([...exits, kinds.exit.start]); }}>{t("addExit")}</Button>
      </section>
      <section className="panel-part">
        <h3>{t("reentry")}</h3>
        <Radio.Group
          className="radio-list" aria-label={t("reentry")} value={again}
          onChange={(event) => {
            const kind = String(event.target.value);
            onGraph({ ...graph, reentry: { kind, ...kinds.reentries.find((each) => each.kind === kind)?.start } });
          }}
          options={kinds.reentries.map((each) => ({ value: each.kind, label: localized(each.label) }))}
        />
        {chosen ? <SettingsForm schema={chosen.settings} settings={reentry} pickers={JOURNEY_PICKERS} at={faultsIn(faults, "reentry")} onChange={(next) => { onGraph({ ...graph, reentry: { kind: again, ...next } }); }} /> : null}
      </section>
    </div>
  );
}
