import { Input, InputNumber, Select } from "antd";
import { createElement, type ComponentType } from "react";
import type { FieldFault, Schemas } from "@/api";
import { ClockInput, DateInput } from "./DateInput";
import { DurationInput } from "./DurationInput";
import { useLocale } from "./i18n";
import type { Settings } from "./settings";

export type SettingSchema = Schemas["SettingSchema"];

/** What a picker of one format is given. `settings` are the values beside its own, `of` names the one it depends on. */
export interface PickerProps {
  id: string;
  name: string;
  schema: SettingSchema;
  value: unknown;
  settings: Settings;
  faults: FieldFault[];
  onChange: (value: unknown) => void;
}

export type Pickers = Readonly<Record<string, ComponentType<PickerProps>>>;

/** The control of one value: the picker of its format, else what its type asks for. */
export function SettingControl({ pickers, ...props }: PickerProps & { pickers: Pickers }) {
  const { locale } = useLocale();
  const { id, schema, value, onChange } = props;
  const picker = schema.format ? pickers[schema.format] : undefined;
  if (picker) return createElement(picker, props);
  if (schema.options) {
    return (
      <Select
        id={id} className="settings-wide" value={value ?? schema.default ?? undefined} onChange={onChange}
        options={schema.options.map((option) => ({ value: option.value, label: option.label[locale] }))}
      />
    );
  }
  switch (schema.format) {
    case "duration":
      return <DurationInput id={id} value={Number(value ?? 0)} onChange={onChange} />;
    case "time_of_day":
      return <ClockInput id={id} value={text(value)} onChange={onChange} />;
    case "date":
      return <DateInput id={id} value={text(value)} onChange={onChange} />;
  }
  if (schema.type === "integer" || schema.type === "number") {
    return (
      <InputNumber
        id={id} {...(schema.type === "integer" ? { precision: 0 } : {})} {...(schema.format === "percent" ? { suffix: "%" } : {})} controls={false}
        value={typeof value === "number" ? value : null} onChange={(next) => { onChange(next ?? undefined); }}
      />
    );
  }
  return <Input id={id} autoComplete="off" {...(typeof schema.default === "string" && schema.default ? { placeholder: schema.default } : {})} {...(schema.maxLength ? { maxLength: schema.maxLength } : {})} value={text(value)} onChange={(event) => { onChange(event.target.value || undefined); }} />;
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
