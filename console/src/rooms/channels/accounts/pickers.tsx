/** The pickers of an account's settings, by the format that the server names. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { Field, useLocalized, useT, type PickerProps, type Pickers, type Settings } from "@/ui";
import { useTemplates } from "@/rooms/content/data";
import { accountWords } from "./words";
import "./accounts.css";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A template of the account's channel. */
function templatePicker(channel: string) {
  return function TemplatePicker({ id, value, onChange }: PickerProps) {
    const t = useT(accountWords);
    const templates = (useTemplates().data?.items ?? []).filter((template) => template.channel === channel);
    return (
      <Select
        id={id} className="settings-wide" allowClear placeholder={t("noTemplate")} showSearch={{ optionFilterProp: "label" }} value={typeof value === "number" ? value : undefined}
        options={templates.map((template) => ({ value: template.id, label: template.name }))} onChange={(next: number | undefined) => { onChange(next); }}
      />
    );
  };
}

/** A secret; one that is set is not shown again and stays when left empty. */
function secretPicker(held: readonly string[]) {
  return function SecretPicker({ id, name, schema, value, onChange }: PickerProps) {
    const t = useT(accountWords);
    return (
      <Input.Password
        id={id} autoComplete="new-password" {...(held.includes(name) ? { placeholder: t("keepSecret") } : {})} {...(schema.maxLength ? { maxLength: schema.maxLength } : {})}
        value={text(value)} onChange={(event) => { onChange(event.target.value || undefined); }}
      />
    );
  };
}

/** A number for each of the named limits, or none; shown once one is set or asked for. */
function LimitsPicker({ id, schema, value, onChange }: PickerProps) {
  const localized = useLocalized();
  const t = useT(accountWords);
  const limits = (value ?? {}) as Settings;
  const [open, setOpen] = useState(Object.keys(limits).length > 0);
  if (!open) return <div><Button id={id} type="text" size="small" icon={<PlusOutlined aria-hidden />} onClick={() => { setOpen(true); }}>{t("setLimits")}</Button></div>;
  return (
    <div className="account-limits">
      {(schema.options ?? []).map((option) => (
        <Field key={option.value} label={localized(option.label)}>
          {(inputId) => (
            <InputNumber
              id={inputId} precision={0} min={0} controls={false} value={typeof limits[option.value] === "number" ? Number(limits[option.value]) : null}
              onChange={(next) => { onChange({ ...Object.fromEntries(Object.entries(limits).filter(([name]) => name !== option.value)), ...(next === null ? {} : { [option.value]: next }) }); }}
            />
          )}
        </Field>
      ))}
    </div>
  );
}

/** The pickers for an account of a channel, of which these secrets are set. */
export const accountPickers = (channel: string, held: readonly string[]): Pickers => ({
  channel_template: templatePicker(channel),
  limits: LimitsPicker,
  secret: secretPicker(held),
});
