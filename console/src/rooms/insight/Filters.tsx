import { Input, InputNumber, Segmented, Select } from "antd";
import { useId } from "react";
import { DateInput, useLocalized, useT } from "@/ui";
import { useAudiences } from "@/rooms/audience/data";
import type { Param, ReportKind } from "./data";
import { Steps } from "./Steps";
import { insightWords } from "./words";

interface Props {
  kind: ReportKind;
  values: Record<string, string>;
  onChange: (values: Record<string, string>) => void;
}

const CUSTOM = "custom";

/** What to write into a parameter of free text, by its name. */

interface OneProps {
  param: Param;
  value: string;
  onChange: (value: string) => void;
}

function One({ param, value, onChange }: OneProps) {
  const t = useT(insightWords);
  const localized = useLocalized();
  const id = useId();
  const audiences = useAudiences(param.kind === "audience").data?.items ?? [];
  const label = <label htmlFor={id} className="muted">{localized(param.label)}</label>;
  if (param.kind === "audience") {
    return (
      <span className="row">
        {label}
        <Select
          id={id} popupMatchSelectWidth={false} showSearch={{ optionFilterProp: "label" }} value={value} onChange={onChange}
          options={[{ value: "", label: t("everyone") }, ...audiences.map((audience) => ({ value: audience.name, label: audience.label || audience.name }))]}
        />
      </span>
    );
  }
  if (param.kind === "choice" && param.choices.length <= 3) {
    return (
      <span className="row wrap">
        <span className="muted nowrap">{localized(param.label)}</span>
        <Segmented aria-label={localized(param.label)} value={value} options={param.choices.map((choice) => ({ value: choice.value, label: localized(choice.label) }))} onChange={onChange} />
      </span>
    );
  }
  if (param.kind === "choice") {
    return <span className="row">{label}<Select id={id} popupMatchSelectWidth={false} value={value} options={param.choices.map((choice) => ({ value: choice.value, label: localized(choice.label) }))} onChange={onChange} /></span>;
  }
  if (param.kind === "integer") {
    return <span className="row">{label}<InputNumber id={id} precision={0} min={param.low ?? 0} {...(param.high === null ? {} : { max: param.high })} value={Number(value)} onChange={(n) => { onChange(String(n ?? param.default ?? "")); }} /></span>;
  }
  if (param.kind === "steps") return <Steps label={localized(param.label)} value={value} onChange={onChange} />;
  return <span className="row wrap">{label}<Input id={id} style={{ width: 160 }} value={value} onChange={(event) => { onChange(event.target.value); }} /></span>;
}

/** The filters a report takes, as the server lists them; an own range of dates replaces the period. */
export function Filters({ kind, values, onChange }: Props) {
  const t = useT(insightWords);
  const localized = useLocalized();
  const period = kind.params.find((param) => param.kind === "period");
  const rest = kind.params.filter((param) => param.kind !== "period" && param.kind !== "moment");
  const ranged = kind.params.some((param) => param.name === "from");
  const custom = values.from !== undefined || values.to !== undefined;
  const set = (name: string, value: string): void => { onChange({ ...values, [name]: value }); };
  const pick = (next: string): void => {
    const { from: _from, to: _to, period: _period, ...others } = values;
    onChange(next === CUSTOM ? { ...others, from: "", to: "" } : { ...others, period: next });
  };
  return (
    <section className="report-filters" aria-label={t("filter")}>
      {period ? (
        <Select
          aria-label={localized(period.label)} popupMatchSelectWidth={false} value={custom ? CUSTOM : (values.period ?? period.default ?? "")} onChange={pick}
          options={[...period.choices.map((choice) => ({ value: choice.value, label: localized(choice.label) })), ...(ranged ? [{ value: CUSTOM, label: t("custom") }] : [])]}
        />
      ) : null}
      {custom ? (
        <span className="row">
          <DateInput label={t("from")} value={values.from ?? ""} onChange={(day) => { set("from", day); }} />
          <span className="muted">–</span>
          <DateInput label={t("to")} value={values.to ?? ""} onChange={(day) => { set("to", day); }} />
        </span>
      ) : null}
      {rest.map((param) => <One key={param.name} param={param} value={values[param.name] ?? param.default ?? ""} onChange={(value) => { set(param.name, value); }} />)}
    </section>
  );
}
