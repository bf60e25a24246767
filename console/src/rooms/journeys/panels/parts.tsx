import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, InputNumber, Select } from "antd";
import type { ReactNode } from "react";
import { useId, useMemo } from "react";
import type { FieldFault } from "@/api";
import { useLocale, useProblem, useT } from "@/ui";
import { factOf, TestInput, TreeContext, type Choice, type Language } from "@/ui/tree";
import type { Where } from "../graph";
import { journeyWords } from "../words";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  faults?: FieldFault[];
  children: (id: string) => ReactNode;
}

/** A labelled control of a panel, with what the server found wrong under it. */
export function Field({ label, hint, faults = [], children }: FieldProps) {
  const id = useId();
  const words = useProblem();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint ? <div className="field-hint">{hint}</div> : null}
      {faults.map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{words.fault(fault)}</div>)}
    </div>
  );
}

interface SpanProps {
  id: string;
  /** Seconds. */
  value: number;
  onChange: (seconds: number) => void;
}

const SIZES = [60, 3_600, 86_400] as const;

/** A length of time kept in seconds, shown in its largest whole unit. */
export function SecondsInput({ id, value, onChange }: SpanProps) {
  const { locale } = useLocale();
  const size = [...SIZES].reverse().find((one) => value >= one && value % one === 0) ?? 60;
  const names = locale === "zh" ? ["分钟", "小时", "天"] : ["minutes", "hours", "days"];
  return (
    <div className="row">
      <InputNumber id={id} min={1} precision={0} value={Math.max(1, Math.round(value / size))} onChange={(n) => { onChange((n ?? 1) * size); }} />
      <Select
        aria-label={names.join(" / ")} value={size} popupMatchSelectWidth={false} options={SIZES.map((one, index) => ({ value: one, label: names[index] ?? "" }))}
        onChange={(next: number) => { onChange(Math.max(1, Math.round(value / size)) * next); }}
      />
    </div>
  );
}

interface ChoicesProps {
  id: string;
  value: string[];
  choices: Choice[];
  placeholder?: string;
  onChange: (values: string[]) => void;
}

export function ManySelect({ id, value, choices, placeholder, onChange }: ChoicesProps) {
  const { locale } = useLocale();
  return (
    <Select
      id={id} mode="multiple" style={{ width: "100%" }} placeholder={placeholder} showSearch={{ optionFilterProp: "label" }} value={value}
      options={choices.map((choice) => ({ value: choice.value, label: choice.label[locale] }))} onChange={onChange}
    />
  );
}

export function OneSelect({ id, value, choices, placeholder, onChange }: Omit<ChoicesProps, "value" | "onChange"> & { value: string; onChange: (value: string) => void }) {
  const { locale } = useLocale();
  return (
    <Select
      id={id} style={{ width: "100%" }} placeholder={placeholder} showSearch={{ optionFilterProp: "label" }} value={value || undefined}
      options={choices.map((choice) => ({ value: choice.value, label: choice.label[locale] }))} onChange={onChange}
    />
  );
}

export const factChoices = (language: Language): Choice[] => language.facts.map((fact) => ({ value: fact.name, label: fact.label }));

interface WhereProps {
  language: Language;
  fact: string;
  where: Where[];
  onChange: (where: Where[]) => void;
}

/** Details of a fact that must hold too: "amount at least 100.00". */
export function WhereList({ language, fact, where, onChange }: WhereProps) {
  const t = useT(journeyWords);
  const { locale } = useLocale();
  const props = factOf(language, fact)?.props ?? [];
  const scope = useMemo(() => ({ language, lang: locale, faults: new Map(), readOnly: false }), [language, locale]);
  if (props.length === 0) return null;
  return (
    <TreeContext value={scope}>
      <div className="stack tight">
        {where.map((test, index) => (
          <div key={index} className="row wrap where-row">
            <span className="muted">{t("where")}</span>
            <TestInput nameKey="prop" body={test} props={props} onChange={(next) => { onChange(where.map((old, at) => (at === index ? (next as Where) : old))); }} />
            <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("remove")} onClick={() => { onChange(where.filter((_, at) => at !== index)); }} />
          </div>
        ))}
        <div><Button type="text" size="small" icon={<PlusOutlined />} onClick={() => { onChange([...where, { prop: "" }]); }}>{t("addWhere")}</Button></div>
      </div>
    </TreeContext>
  );
}
