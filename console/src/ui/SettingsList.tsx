import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { FieldFault } from "@/api";
import { useLocalized, useT } from "./i18n";
import { useProblem } from "./problems";
import { SettingControl, type Pickers, type SettingSchema } from "./SettingControl";
import { KEY_FORMAT, newEntry, shownFields, withValue, type Settings } from "./settings";

interface Props {
  name: string;
  label: string;
  schema: SettingSchema;
  item: SettingSchema;
  value: unknown;
  pickers: Pickers;
  at: (path: string) => FieldFault[];
  onChange: (entries: Settings[]) => void;
}

/** A list of like entries, in an order that counts: each can be filled in, moved and removed. */
export function SettingsList({ name, label, schema, item, value, pickers, at, onChange }: Props) {
  const t = useT();
  const localized = useLocalized();
  const problem = useProblem();
  const entries = Array.isArray(value) ? (value as Settings[]) : [];
  const key = Object.entries(item.properties ?? {}).find(([, field]) => field.format === KEY_FORMAT)?.[0];
  const put = (index: number, entry: Settings): void => { onChange(entries.map((old, place) => (place === index ? entry : old))); };
  const move = (index: number, by: -1 | 1): void => {
    const next = [...entries];
    const [taken] = next.splice(index, 1);
    if (taken) next.splice(index + by, 0, taken);
    onChange(next);
  };
  const inside = entries.flatMap((_, index) => at(`${name}[${String(index)}]`));
  const own = at(name).filter((fault) => !inside.includes(fault));
  return (
    <section className="panel-part">
      <h3>{label}</h3>
      {schema.hint ? <p className="muted">{localized(schema.hint)}</p> : null}
      <ol className="stack tight settings-list">
        {entries.map((entry, index) => (
          <li key={key ? String(entry[key]) : index} className="settings-entry" aria-label={`${label} ${String(index + 1)}`}>
            <div className="settings-fields">
              {shownFields(item, entry).map(([field, inner]) => {
                const path = `${name}[${String(index)}].${field}`;
                return (
                  <label key={field} className={`settings-field${inner.format === "percent" ? " narrow" : ""}`}>
                    <span className="muted">{localized(inner.label)}</span>
                    <SettingControl id={path} name={field} schema={inner} value={entry[field]} settings={entry} faults={at(path)} pickers={pickers} onChange={(next) => { put(index, withValue(item, entry, field, next)); }} />
                  </label>
                );
              })}
            </div>
            <div className="row settings-acts">
              <Button type="text" size="small" icon={<ArrowUpOutlined aria-hidden />} aria-label={t("moveUp")} disabled={index === 0} onClick={() => { move(index, -1); }} />
              <Button type="text" size="small" icon={<ArrowDownOutlined aria-hidden />} aria-label={t("moveDown")} disabled={index === entries.length - 1} onClick={() => { move(index, 1); }} />
              <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={t("removeEntry")} disabled={entries.length <= (schema.minItems ?? 0)} onClick={() => { onChange(entries.filter((_, place) => place !== index)); }} />
            </div>
            {at(`${name}[${String(index)}]`).map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{problem.fault(fault)}</div>)}
          </li>
        ))}
      </ol>
      {own.map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{problem.fault(fault)}</div>)}
      <Button type="dashed" block icon={<PlusOutlined aria-hidden />} disabled={entries.length >= (schema.maxItems ?? Infinity)} onClick={() => { onChange([...entries, newEntry(item, entries)]); }}>
        {t("addEntry", { what: label })}
      </Button>
    </section>
  );
}
