/** The pickers of an account's settings, by the format that the server names. */
import { Input, InputNumber, Select } from "antd";
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

/** A number for each of the named limits, or none. */
function LimitsPicker({ schema, value, onChange }: PickerProps) {
  const localized = useLocalized();
  const limits = (value ?? {}) as Settings;
  return (
    <div className="account-limits">
      {(schema.options ?? []).map((option) => (
        <Field key={option.value} label={localized(option.label)}>
          {(id) => (
            <InputNumber
              id={id} precision={0} min={0} controls={false} value={typeof limits[option.value] === "number" ? Number(limits[option.value]) : null}
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
