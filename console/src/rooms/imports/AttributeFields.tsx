import { Input, Select } from "antd";
import { useCodes, useLabel, useT } from "@/ui";
import type { NewAttribute } from "./draft";
import { importWords } from "./words";

/** What a column's new attribute is called, by which key conditions name it, and what it holds. */
export function AttributeFields({ column, attribute, onChange }: { column: string; attribute: NewAttribute; onChange: (attribute: NewAttribute) => void }) {
  const t = useT(importWords);
  const label = useLabel();
  const types = useCodes("attribute_type").map((value) => ({ value: value as NewAttribute["type"], label: label("attribute_type", value) }));
  return (
    <div className="row wrap" style={{ marginTop: 8 }}>
      <Input size="small" style={{ width: 120 }} maxLength={100} value={attribute.label} aria-label={`${column} ${t("attributeLabel")}`} placeholder={t("attributeLabel")} onChange={(event) => onChange({ ...attribute, label: event.target.value })} />
      <Input size="small" style={{ width: 120 }} maxLength={40} value={attribute.name} aria-label={`${column} ${t("attributeKey")}`} placeholder={t("attributeKey")} title={t("attributeKeyHint")} onChange={(event) => onChange({ ...attribute, name: event.target.value.toLowerCase().replace(/[^a-z0-9_]/g, "_") })} />
      <Select size="small" style={{ minWidth: 100 }} value={attribute.type} aria-label={`${column} ${t("attributeType")}`} options={types} onChange={(type) => onChange({ ...attribute, type })} />
    </div>
  );
}
