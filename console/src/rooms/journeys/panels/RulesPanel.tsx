import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, InputNumber, Radio } from "antd";
import type { FieldFault } from "@/api";
import { DurationInput, Field, useT } from "@/ui";
import type { Language } from "@/rooms/audience/tree";
import type { Graph, Reentry, Rule } from "../graph";
import type { Describer } from "../describe";
import { journeyWords } from "../words";
import { RuleEditor } from "./RuleEditor";

interface Props {
  graph: Graph;
  language: Language;
  describer: Describer;
  faults: FieldFault[];
  onGraph: (graph: Graph) => void;
}

const MONTH_S = 30 * 86_400;
const EXITS_MAX = 20;

/** What counts as success, what takes a member out early, who may come again. */
export function RulesPanel({ graph, language, describer, faults, onGraph }: Props) {
  const t = useT(journeyWords);
  const goal = graph.goal ?? null;
  const exits = graph.exits ?? [];
  const at = (field: string): FieldFault[] => faults.filter((fault) => fault.path.startsWith(field));
  const setExit = (index: number, rule: Rule): void => { onGraph({ ...graph, exits: exits.map((old, place) => (place === index ? rule : old)) }); };
  const setGoal = (next: Rule | null): void => { onGraph({ ...graph, goal: next }); };
  return (
    <div className="stack loose">
      <section className="panel-part">
        <h3>{t("goal")}</h3>
        <p className="muted">{t("goalHint")}</p>
        {goal ? (
          <>
            <RuleEditor rule={goal} label={t("triggerFact")} trees={false} language={language} describer={describer} faults={at("goal")} onChange={setGoal} />
            {goal.within === undefined ? (
              <div><Button type="text" size="small" icon={<PlusOutlined aria-hidden />} onClick={() => { setGoal({ ...goal, within: MONTH_S }); }}>{t("setWithin")}</Button></div>
            ) : (
              <Field label={t("goalWithin")}>{(id) => <DurationInput id={id} value={goal.within ?? MONTH_S} onChange={(within) => { setGoal({ ...goal, within }); }} />}</Field>
            )}
            <div><Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} onClick={() => { setGoal(null); }}>{t("remove")}</Button></div>
          </>
        ) : (
          <Button type="dashed" icon={<PlusOutlined aria-hidden />} onClick={() => { setGoal({ fact: "", where: [] }); }}>{t("goalOn")}</Button>
        )}
      </section>
      <section className="panel-part">
        <h3>{t("exitsTitle")}</h3>
        <p className="muted">{t("exitsHint")}</p>
        {exits.map((rule, index) => (
          <div key={index} className="branch">
            <RuleEditor rule={rule} label={t("triggerFact")} trees language={language} describer={describer} faults={at(`exits[${index}]`)} onChange={(next) => { setExit(index, next); }} />
            <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} onClick={() => { onGraph({ ...graph, exits: exits.filter((_, place) => place !== index) }); }}>{t("remove")}</Button>
          </div>
        ))}
        <Button type="dashed" icon={<PlusOutlined aria-hidden />} disabled={exits.length >= EXITS_MAX} onClick={() => { onGraph({ ...graph, exits: [...exits, { fact: "", where: [] }] }); }}>{t("addExit")}</Button>
      </section>
      <section className="panel-part">
        <h3>{t("reentry")}</h3>
        <Radio.Group
          className="radio-list" aria-label={t("reentry")} value={graph.reentry.kind}
          onChange={(event) => {
            const kind = event.target.value as Reentry["kind"];
            onGraph({ ...graph, reentry: kind === "never" ? { kind } : { kind, days: graph.reentry.days ?? (kind === "always" ? 0 : 30) } });
          }}
          options={[{ value: "never", label: t("reentryNever") }, { value: "after_finish", label: t("reentryAfter") }, { value: "always", label: t("reentryAlways") }]}
        />
        {graph.reentry.kind === "never" ? null : (
          <Field label={t("reentryDays")} faults={at("reentry")}>
            {(id) => <InputNumber id={id} min={0} max={3650} precision={0} value={graph.reentry.days ?? 0} onChange={(days) => { onGraph({ ...graph, reentry: { ...graph.reentry, days: days ?? 0 } }); }} />}
          </Field>
        )}
      </section>
    </div>
  );
}
