import { PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Segmented } from "antd";
import type { FieldFault } from "@/api";
import { Field } from "./Field";
import { useLocalized, useT } from "./i18n";
import { SettingControl, type Pickers, type SettingSchema } from "./SettingControl";
import { SettingsList } from "./SettingsList";
import { emptyValue, modeOf, shownFields, withValue, type Settings } from "./settings";

interface FormProps {
  schema: SettingSchema;
  settings: Settings;
  pickers: Pickers;
  /** Faults of what stands at a path inside these settings: `branches[0].tree`. */
  at: (path: string) => FieldFault[];
  onChange: (settings: Settings) => void;
}

/** A form drawn from the schema of settings that the server describes; `pickers` draw the formats that belong to a room. */
export function SettingsForm({ schema, settings, pickers, at, onChange }: FormProps) {
  const localized = useLocalized();
  const t = useT();
  const modes = schema.modes ?? [];
  const mode = modeOf(schema, settings);
  return (
    <>
      {modes.length ? (
        <Segmented
          block className="settings-modes" aria-label={t("kindOfSetting")} value={mode} options={modes.map((each, index) => ({ value: index, label: localized(each.label) }))}
          onChange={(index) => {
            const ways = new Set(modes.flatMap((each) => Object.keys(each.start)));
            onChange({ ...Object.fromEntries(Object.entries(settings).filter(([key]) => !ways.has(key))), ...modes[index]?.start });
          }}
        />
      ) : null}
      {shownFields(schema, settings).map(([name, field]) => (
        <SettingField key={name} name={name} schema={field} whole={schema} settings={settings} pickers={pickers} at={at} onChange={onChange} />
      ))}
    </>
  );
}

interface SettingFieldProps extends Omit<FormProps, "schema"> {
  name: string;
  schema: SettingSchema;
  whole: SettingSchema;
}

function SettingField({ name, schema, whole, settings, pickers, at, onChange }: SettingFieldProps) {
  const localized = useLocalized();
  const value = settings[name];
  const put = (next: unknown): void => { onChange(withValue(whole, settings, name, next)); };
  const label = localized(schema.label) || name;
  const nested = schema.items?.properties;
  if (schema.type === "boolean") {
    return (
      <div className="field">
        <Checkbox checked={value === true} onChange={(event) => { put(event.target.checked ? true : undefined); }}>{label}</Checkbox>
        {schema.hint ? <div className="field-hint">{localized(schema.hint)}</div> : null}
      </div>
    );
  }
  if (nested && schema.items) {
    return <SettingsList name={name} label={label} schema={schema} item={schema.items} value={value} pickers={pickers} at={at} onChange={put} />;
  }
  if (value === undefined && !(schema.format && pickers[schema.format]) && startsClosed(schema, whole, name)) {
    return <div><Button type="text" size="small" icon={<PlusOutlined aria-hidden />} onClick={() => { put(emptyValue(schema)); }}>{label}</Button></div>;
  }
  return (
    <Field label={label} hint={schema.hint ? localized(schema.hint) : undefined} faults={at(name)} required={(whole.required ?? []).includes(name)}>
      {(id) => <SettingControl id={id} name={name} schema={schema} value={value} settings={settings} pickers={pickers} faults={at(name)} onChange={put} />}
    </Field>
  );
}

/** A number or a length of time that may be left out shows only once somebody asks for it. */
function startsClosed(schema: SettingSchema, whole: SettingSchema, name: string): boolean {
  const optional = schema.default === undefined || schema.default === null;
  const chosen = (whole.modes ?? []).some((mode) => name in mode.start);
  return schema.type === "integer" && optional && !chosen && !(whole.required ?? []).includes(name);
}
