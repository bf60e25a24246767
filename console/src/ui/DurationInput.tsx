import { InputNumber, Select } from "antd";
import { useState } from "react";
import { useLocale } from "./i18n";

interface Props {
  id: string;
  /** Seconds. */
  value: number;
  onChange: (seconds: number) => void;
}

const UNITS_S = [60, 3_600, 86_400] as const;

/** A length of time kept in seconds, shown in its largest whole unit. */
export function DurationInput({ id, value, onChange }: Props) {
  const { locale } = useLocale();
  // zero is of every unit: then the one that was chosen stays
  const [chosen, setUnit] = useState<number>(UNITS_S[0]);
  const unit = value === 0 ? chosen : ([...UNITS_S].reverse().find((seconds) => value % seconds === 0) ?? UNITS_S[0]);
  const names = locale === "zh" ? ["分钟", "小时", "天"] : ["minutes", "hours", "days"];
  return (
    <div className="row">
      <InputNumber id={id} precision={0} value={Math.round(value / unit)} onChange={(n) => { onChange((n ?? 0) * unit); }} />
      <Select
        aria-label={names.join(" / ")} value={unit} popupMatchSelectWidth={false} options={UNITS_S.map((seconds, index) => ({ value: seconds, label: names[index] ?? "" }))}
        onChange={(next: number) => { setUnit(next); onChange(Math.round(value / unit) * next); }}
      />
    </div>
  );
}
