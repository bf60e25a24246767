import { RightOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { format, Spark, useBoth, useLocale, useT, type Locale } from "@/ui";
import type { Flow } from "./api";
import { todayWords } from "./words";

function figure(value: number | null, flow: Flow, locale: Locale): string {
  if (value === null) return "—";
  if (flow.unit === "money") return format.moneyCompact(value, locale);
  if (flow.unit === "percent") return format.percent(value);
  return format.compact(Math.round(value * 10) / 10, locale);
}

function One({ flow }: { flow: Flow }) {
  const t = useT(todayWords);
  const both = useBoth();
  const { locale } = useLocale();
  const inner = (
    <>
      <span className="flow-name">{both(flow.label)}</span>
      <span className="flow-metric muted">{flow.metric ? both(flow.metric.label) : ""}</span>
      <span className="flow-value num">{figure(flow.value, flow, locale)}</span>
      <Spark values={flow.days} width={120} height={30} label={t("sparkOf", { name: both(flow.label) })} />
      <span className="flow-notes muted num">
        <span>{t("yesterday")} {figure(flow.yesterday, flow, locale)}</span>
        <span>{t("mean")} {figure(flow.mean, flow, locale)}</span>
      </span>
    </>
  );
  return flow.to ? <Link to={flow.to} className="flow-one" title={both(flow.metric?.definition)}>{inner}</Link> : <div className="flow-one">{inner}</div>;
}

/** 拉新 → 促活 → 留存 → 转化 → 裂变 as one line of linked figures. */
export function Flows({ flows }: { flows: Flow[] }) {
  const t = useT(todayWords);
  return (
    <section className="panel" aria-label={t("flows")}>
      <ol className="flow-row">
        {flows.map((flow, index) => (
          <li key={flow.name}>
            {index > 0 ? <RightOutlined className="flow-arrow" aria-hidden /> : null}
            <One flow={flow} />
          </li>
        ))}
      </ol>
    </section>
  );
}
