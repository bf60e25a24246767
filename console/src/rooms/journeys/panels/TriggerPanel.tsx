import { Checkbox, Radio, Select } from "antd";
import type { FieldFault } from "@/api";
import { ChoiceSelect, ClockInput, Field, useLocale, useT, useZoneLabel } from "@/ui";
import { factOf, type Language } from "@/rooms/audience/tree";
import type { Graph, Trigger, TriggerKind } from "../graph";
import { journeyWords } from "../words";
import { factChoices, WhereList } from "./WhereList";
import { ScheduleFields } from "./ScheduleFields";

interface Props {
  graph: Graph;
  language: Language;
  faults: FieldFault[];
  onGraph: (graph: Graph) => void;
}

const KINDS: [TriggerKind, "triggerAudience" | "triggerFact" | "triggerSchedule" | "triggerManual"][] = [
  ["audience", "triggerAudience"],
  ["fact", "triggerFact"],
  ["schedule", "triggerSchedule"],
  ["manual", "triggerManual"],
];

const STARTS: Record<TriggerKind, Trigger> = {
  audience: { kind: "audience", audience: "" },
  fact: { kind: "fact", fact: "", where: [] },
  schedule: { kind: "schedule", audience: "", at: "10:00" },
  manual: { kind: "manual" },
};

/** Who enters the journey, and when. */
export function TriggerPanel({ graph, language, faults, onGraph }: Props) {
  const t = useT(journeyWords);
  const zone = useZoneLabel();
  const trigger = graph.trigger;
  const set = (next: Trigger): void => { onGraph({ ...graph, trigger: next }); };
  const at = (field: string): FieldFault[] => faults.filter((fault) => fault.path.includes(field));
  const { locale } = useLocale();
  const keys = (factOf(language, trigger.fact)?.props ?? []).filter((prop) => prop.type === "text");
  const withAudience = trigger.kind === "audience" || trigger.kind === "schedule";
  return (
    <div className="stack">
      <Field label={t("triggerKind")} faults={at("trigger.kind")}>
        {(id) => (
          <Radio.Group
            id={id} className="radio-list" value={trigger.kind} onChange={(event) => { set(STARTS[event.target.value as TriggerKind]); }}
            options={KINDS.map(([value, key]) => ({ value, label: t(key) }))}
          />
        )}
      </Field>
      {withAudience ? (
        <Field label={t("audience")} faults={at("audience")}>
          {(id) => <ChoiceSelect id={id} value={trigger.audience ?? ""} placeholder={t("pickAudience")} choices={language.audiences} onChange={(audience) => { set({ ...trigger, audience }); }} />}
        </Field>
      ) : null}
      {trigger.kind === "audience" ? (
        <Checkbox checked={trigger.existing === true} onChange={(event) => { const { existing: _existing, ...rest } = trigger; set(event.target.checked ? { ...rest, existing: true } : rest); }}>{t("triggerExisting")}</Checkbox>
      ) : null}
      {trigger.kind === "fact" ? (
        <>
          <Field label={t("triggerFact")} faults={at("fact")}>
            {(id) => <ChoiceSelect id={id} value={trigger.fact ?? ""} choices={factChoices(language)} onChange={(fact) => { set({ ...trigger, fact, where: [] }); }} />}
          </Field>
          {keys.length ? (
            <Field label={t("key")} faults={at("trigger.key")}>
              {(id) => (
                <Select
                  id={id} style={{ width: "100%" }} value={trigger.key ?? ""} options={[{ value: "", label: t("keyNone") }, ...keys.map((prop) => ({ value: prop.name, label: prop.label[locale] }))]}
                  onChange={(key: string) => { const { key: _key, ...rest } = trigger; set(key ? { ...rest, key } : rest); }}
                />
              )}
            </Field>
          ) : null}
          {trigger.fact ? <WhereList language={language} fact={trigger.fact} where={trigger.where ?? []} onChange={(where) => { set({ ...trigger, where }); }} /> : null}
        </>
      ) : null}
      {trigger.kind === "schedule" ? (
        <>
          <ScheduleFields trigger={trigger} onChange={set} at={at} />
          <Field label={t("scheduleAt")} hint={zone} faults={at("trigger.at")}>
            {(id) => <ClockInput id={id} value={trigger.at ?? ""} onChange={(at) => { set({ ...trigger, at }); }} />}
          </Field>
        </>
      ) : null}
      {trigger.kind === "manual" ? <p className="muted">{t("triggerManualHint")}</p> : null}
    </div>
  );
}
