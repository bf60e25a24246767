import { Select } from "antd";
import type { FieldFault } from "@/api";
import { ChoicesSelect, DateInput, Field, useT } from "@/ui";
import type { Trigger } from "../graph";
import { DAYS } from "../describe";
import { journeyWords } from "../words";

interface Props {
  trigger: Trigger;
  onChange: (trigger: Trigger) => void;
  at: (field: string) => FieldFault[];
}

/** How often a scheduled journey takes people in: every day, on some days of the week, or once. */
export function ScheduleFields({ trigger, onChange, at }: Props) {
  const t = useT(journeyWords);
  const every = trigger.date !== undefined ? "once" : trigger.days ? "week" : "day";
  const pick = (next: string): void => {
    const { days: _days, date: _date, ...rest } = trigger;
    onChange({ ...rest, ...(next === "week" ? { days: [1] } : next === "once" ? { date: "" } : {}) });
  };
  return (
    <>
      <Field label={t("scheduleEvery")}>
        {(id) => (
          <Select
            id={id} style={{ width: "100%" }} value={every} onChange={pick}
            options={[{ value: "once", label: t("onceAt") }, { value: "day", label: t("daily") }, { value: "week", label: t("weekly") }]}
          />
        )}
      </Field>
      {every === "once" ? (
        <Field label={t("onDate")} faults={at("trigger.date")}>
          {(id) => <DateInput id={id} value={trigger.date ?? ""} onChange={(date) => { onChange({ ...trigger, date }); }} />}
        </Field>
      ) : null}
      {every === "week" ? (
        <Field label={t("scheduleDays")} faults={at("trigger.days")}>
          {(id) => <ChoicesSelect id={id} value={(trigger.days ?? []).map(String)} choices={DAYS.map((label, index) => ({ value: String(index + 1), label }))} onChange={(list) => { onChange({ ...trigger, days: list.map(Number).sort((a, b) => a - b) }); }} />}
        </Field>
      ) : null}
    </>
  );
}
