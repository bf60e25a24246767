import { Input, InputNumber, Select } from "antd";
import type { ReactNode } from "react";
import { DateInput } from "@/ui";
import type { AttributeDef } from "../types";

/** The input for an attribute's type. */
export function attributeInput(def: AttributeDef, yes: string, no: string): ReactNode {
  const options = (def.options ?? []).map((value) => ({ value, label: value }));
  switch (def.type) {
    case "number":
      return <InputNumber style={{ width: "100%" }} />;
    case "money":
      return <InputNumber style={{ width: "100%" }} precision={2} />;
    case "boolean":
      return <Select allowClear options={[{ value: true, label: yes }, { value: false, label: no }]} />;
    case "date":
      return <DateInput />;
    case "choice":
      return <Select allowClear options={options} />;
    case "list":
      return <Select mode={options.length ? "multiple" : "tags"} options={options} />;
    default:
      return <Input maxLength={500} />;
  }
}

/** From the server to the form: money in units. */
export function toForm(def: AttributeDef, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (def.type === "money" && typeof value === "number") return value / 100;
  return value;
}

/** From the form to the server: money in fen, empty as null (which removes it). */
export function fromForm(def: AttributeDef, value: unknown): unknown {
  if (value === undefined || value === "" || value === null) return null;
  if (def.type === "money" && typeof value === "number") return Math.round(value * 100);
  return value;
}
