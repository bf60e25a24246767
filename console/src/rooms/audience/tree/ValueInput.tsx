import { Input, InputNumber, Select } from "antd";
import { DateInput, useT } from "@/ui";
import { useTreeScope } from "./context";
import { labelIn, type Prop } from "./language";
import { readSpan, type Span, type Unit } from "./moment";
import { treeWords } from "./words";

const FEN = 100;
const UNITS: Unit[] = ["m", "h", "d", "w"];

interface SpanProps {
  value: Span;
  onChange: (span: Span) => void;
  units?: Unit[];
}

/** A length of time: a number and its unit. */
export function SpanInput({ value, onChange, units = UNITS }: SpanProps) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  return (
    <span className="tree-pair">
      <InputNumber
        aria-label={t("number")} className="tree-number" precision={0} value={value.n} controls={false} status={value.n > 0 ? "" : "error"}
        onChange={(n) => { onChange({ ...value, n: Math.max(0, n ?? 0) }); }}
      />
      <Select
        aria-label={t("unit")} value={value.unit} popupMatchSelectWidth={false}
        options={units.map((unit) => ({ value: unit, label: labelIn(language.unit_labels, unit, lang) }))}
        onChange={(unit: Unit) => { onChange({ ...value, unit }); }}
      />
    </span>
  );
}

interface MomentProps {
  op: string;
  value: unknown;
  onChange: (op: "before" | "after", value: string) => void;
}

const day = (value: unknown): string => (typeof value === "string" ? value.slice(0, 10) : "");

/** A point in time: so long ago or more, so long ago or less, before a date, after a date. */
export function MomentInput({ op, value, onChange }: MomentProps) {
  const t = useT(treeWords);
  const span = typeof value === "string" && value.startsWith("-") ? readSpan(value) : undefined;
  const before = op === "before";
  const mode = span ? (before ? "ago" : "recent") : before ? "beforeDate" : "afterDate";
  const pick = (next: string) => {
    const nextOp = next === "ago" || next === "beforeDate" ? "before" : "after";
    const relative = next === "ago" || next === "recent";
    const kept = span ?? { n: 30, unit: "d" as Unit };
    onChange(nextOp, relative ? `-${kept.n}${kept.unit}` : span ? "" : day(value));
  };
  return (
    <span className="tree-pair">
      {span ? (
        <SpanInput value={span} onChange={(next) => { onChange(before ? "before" : "after", `-${next.n}${next.unit}`); }} />
      ) : (
        <DateInput label={t("value")} value={day(value)} onChange={(next) => { onChange(before ? "before" : "after", next); }} />
      )}
      <Select
        aria-label={t("operator")} value={mode} popupMatchSelectWidth={false} onChange={pick}
        options={[
          { value: "ago", label: t("agoMore") },
          { value: "recent", label: t("agoLess") },
          { value: "beforeDate", label: t("beforeDate") },
          { value: "afterDate", label: t("afterDate") },
        ]}
      />
    </span>
  );
}

interface OneProps {
  prop: Prop | undefined;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** One plain value of a property's type. Money is shown in yuan and kept in fen. */
function OneValue({ prop, value, onChange }: OneProps) {
  const t = useT(treeWords);
  const { lang } = useTreeScope();
  if (prop?.type === "money") {
    return (
      <InputNumber
        aria-label={t("value")} className="tree-money" prefix="¥" min={0} precision={2} controls={false}
        value={typeof value === "number" ? value / FEN : null}
        onChange={(yuan) => { onChange(yuan === null ? undefined : Math.round(yuan * FEN)); }}
      />
    );
  }
  if (prop?.type === "number") {
    return <InputNumber aria-label={t("value")} className="tree-number" controls={false} value={typeof value === "number" ? value : null} onChange={(n) => { onChange(n ?? undefined); }} />;
  }
  if (prop?.type === "boolean") {
    return (
      <Select
        aria-label={t("value")} value={value === false ? "no" : "yes"} popupMatchSelectWidth={false} onChange={(v: string) => { onChange(v === "yes"); }}
        options={[{ value: "yes", label: t("yes") }, { value: "no", label: t("no") }]}
      />
    );
  }
  if (prop?.type === "date" || prop?.type === "time") {
    return <DateInput label={t("value")} value={day(value)} onChange={onChange} />;
  }
  if (prop?.values.length) {
    return (
      <Select
        aria-label={t("value")} className="tree-value" showSearch={{ optionFilterProp: "label" }} placeholder={t("value")} value={typeof value === "string" && value ? value : undefined}
        options={prop.values.map((choice) => ({ value: choice.value, label: choice.label[lang] }))} onChange={onChange}
      />
    );
  }
  return <Input aria-label={t("value")} className="tree-value" placeholder={t("value")} value={typeof value === "string" ? value : ""} onChange={(event) => { onChange(event.target.value); }} />;
}

interface ValueProps {
  prop: Prop | undefined;
  op: string;
  value: unknown;
  onChange: (op: string, value: unknown) => void;
}

/** The value part of a test, shaped by its operator and the type of the property. */
export function ValueInput({ prop, op, value, onChange }: ValueProps) {
  const t = useT(treeWords);
  const { lang } = useTreeScope();
  if (op === "exists") {
    return (
      <Select
        aria-label={t("value")} value={value === false ? "no" : "yes"} popupMatchSelectWidth={false} onChange={(v: string) => { onChange(op, v === "yes"); }}
        options={[{ value: "yes", label: t("filled") }, { value: "no", label: t("notFilled") }]}
      />
    );
  }
  if (op === "before" || op === "after") return <MomentInput op={op} value={value} onChange={onChange} />;
  if (op === "anniversary_within") {
    return <SpanInput value={readSpan(value) ?? { n: 7, unit: "d" }} units={["d"]} onChange={(span) => { onChange(op, `${span.n}${span.unit}`); }} />;
  }
  if (op === "in" || op === "not_in") {
    const numeric = prop?.type === "number" || prop?.type === "money";
    return (
      <Select
        mode={prop?.values.length ? "multiple" : "tags"} aria-label={t("value")} className="tree-many" maxTagCount="responsive"
        placeholder={prop?.values.length ? t("value") : t("typeValues")} value={Array.isArray(value) ? value.map(String) : []}
        options={(prop?.values ?? []).map((choice) => ({ value: choice.value, label: choice.label[lang] }))} showSearch={{ optionFilterProp: "label" }}
        onChange={(list: string[]) => { onChange(op, numeric ? list.map(Number).filter(Number.isFinite) : list); }}
      />
    );
  }
  if (op === "between") {
    const pair = Array.isArray(value) ? value : [];
    const none = prop?.type === "number" || prop?.type === "money" ? 0 : "";
    return (
      <span className="tree-pair">
        <OneValue prop={prop} value={pair[0]} onChange={(low) => { onChange(op, [low ?? none, pair[1] ?? none]); }} />
        <span className="tree-word">{t("to")}</span>
        <OneValue prop={prop} value={pair[1]} onChange={(high) => { onChange(op, [pair[0] ?? none, high ?? none]); }} />
      </span>
    );
  }
  return <OneValue prop={prop} value={value} onChange={(next) => { onChange(op, next); }} />;
}
