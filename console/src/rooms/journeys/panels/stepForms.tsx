import { Input, InputNumber, Segmented, Select } from "antd";
import { Link } from "react-router";
import { ChoiceSelect, ChoicesSelect, ClockInput, DurationInput, Field, useT, useZoneLabel } from "@/ui";
import { journeyWords } from "../words";
import { factChoices, WhereList } from "./WhereList";
import type { FormProps } from "./formProps";

export function SendForm({ step, language, describer, at, onStep }: FormProps) {
  const t = useT(journeyWords);
  const picked = describer.templates.find((template) => template.name === step.template || String(template.id) === String(step.template));
  return (
    <>
      <Field label={t("channel")} faults={at("channel")}>
        {(id) => <ChoiceSelect id={id} value={step.channel ?? ""} choices={language.channels} onChange={(channel) => { onStep({ ...step, channel, template: "" }); }} />}
      </Field>
      <Field
        label={t("template")} faults={at("template")}
        hint={picked ? <Link to={`/journeys/templates/${String(picked.id)}`}>{t("editTemplate")}</Link> : <Link to="/journeys/templates/new">{t("newTemplate")}</Link>}
      >
        {(id) => (
          <Select
            id={id} style={{ width: "100%" }} placeholder={t("pickTemplate")} showSearch={{ optionFilterProp: "label" }} value={picked ? picked.name : undefined}
            options={describer.templates.filter((template) => template.channel === step.channel).map((template) => ({ value: template.name, label: template.name }))} onChange={(template: string) => { onStep({ ...step, template }); }}
          />
        )}
      </Field>
      <Field label={t("purpose")} faults={at("purpose")}>
        {(id) => (
          <Select
            id={id} style={{ width: "100%" }} value={step.purpose ?? "marketing"} onChange={(purpose: string) => { onStep({ ...step, purpose }); }}
            options={[{ value: "marketing", label: t("marketing") }, { value: "service", label: t("service") }]}
          />
        )}
      </Field>
      <Field label={t("onQuiet")} faults={at("on_quiet")}>
        {(id) => <HeldSelect id={id} value={step.on_quiet} onChange={(on_quiet) => { onStep({ ...step, on_quiet }); }} />}
      </Field>
      {step.purpose === "service" ? null : (
        <Field label={t("onCap")} faults={at("on_cap")}>
          {(id) => <HeldSelect id={id} value={step.on_cap} onChange={(on_cap) => { onStep({ ...step, on_cap }); }} />}
        </Field>
      )}
      {picked ? <blockquote className="template-text">{picked.body}</blockquote> : null}
    </>
  );
}

function HeldSelect({ id, value, onChange }: { id: string; value: string | undefined; onChange: (value: string) => void }) {
  const t = useT(journeyWords);
  return (
    <Select
      id={id} style={{ width: "100%" }} value={value ?? "defer"} onChange={onChange}
      options={[{ value: "defer", label: t("heldDefer") }, { value: "drop", label: t("heldDrop") }]}
    />
  );
}

const MORNING = "10:00";

export function WaitForm({ step, at, onStep }: FormProps) {
  const t = useT(journeyWords);
  const zone = useZoneLabel();
  const byTime = typeof step.until === "string";
  return (
    <>
      <Field label={t("waitMode")}>
        {(id) => (
          <Segmented
            id={id} block value={byTime ? "time" : "span"} options={[{ value: "span", label: t("waitSpan") }, { value: "time", label: t("waitTime") }]}
            onChange={(mode) => {
              const { seconds: _seconds, until: _until, days: _days, ...rest } = step;
              onStep(mode === "time" ? { ...rest, until: MORNING, days: 1 } : { ...rest, seconds: 86_400 });
            }}
          />
        )}
      </Field>
      {byTime ? (
        <>
          <Field label={t("afterDays")} faults={at("days")}>
            {(id) => <InputNumber id={id} min={0} max={365} precision={0} value={Number(step.days ?? 0)} onChange={(days) => { onStep({ ...step, days: days ?? 0 }); }} />}
          </Field>
          <Field label={t("waitTime")} hint={`${t("waitLocal")} · ${zone}`} faults={at("until")}>
            {(id) => <ClockInput id={id} value={step.until ?? ""} onChange={(until) => { onStep({ ...step, until }); }} />}
          </Field>
        </>
      ) : (
        <Field label={t("waitFor")} faults={at("seconds")}>
          {(id) => <DurationInput id={id} value={Number(step.seconds ?? 86_400)} onChange={(seconds) => { onStep({ ...step, seconds }); }} />}
        </Field>
      )}
    </>
  );
}

export function WaitUntilForm({ step, language, at, onStep }: FormProps) {
  const t = useT(journeyWords);
  return (
    <>
      <Field label={t("untilFact")} faults={at("fact")}>
        {(id) => <ChoiceSelect id={id} value={step.fact ?? ""} choices={factChoices(language)} onChange={(fact) => { onStep({ ...step, fact, where: [] }); }} />}
      </Field>
      {step.fact ? <WhereList language={language} fact={step.fact} where={step.where ?? []} onChange={(where) => { onStep({ ...step, where }); }} /> : null}
      <Field label={t("atMost")} faults={at("timeout")}>
        {(id) => <DurationInput id={id} value={Number(step.timeout ?? 86_400)} onChange={(timeout) => { onStep({ ...step, timeout }); }} />}
      </Field>
    </>
  );
}

export function TagForm({ step, language, at, onStep }: FormProps) {
  const t = useT(journeyWords);
  return (
    <>
      <Field label={t("addTags")} faults={at("add")}>
        {(id) => <ChoicesSelect id={id} value={step.add ?? []} choices={language.tags} onChange={(add) => { onStep({ ...step, add }); }} />}
      </Field>
      <Field label={t("removeTags")} faults={at("remove")}>
        {(id) => <ChoicesSelect id={id} value={step.remove ?? []} choices={language.tags} onChange={(remove) => { onStep({ ...step, remove }); }} />}
      </Field>
    </>
  );
}

export function ExitForm({ step, at, onStep }: FormProps) {
  const t = useT(journeyWords);
  return (
    <Field label={t("reason")} faults={at("reason")}>
      {(id) => <Input id={id} maxLength={60} placeholder={t("reasonHint")} value={step.reason ?? ""} onChange={(event) => { onStep({ ...step, reason: event.target.value }); }} />}
    </Field>
  );
}
