import { RightOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { format, Spark, useLocalized, useLocale, useT } from "@/ui";
import { useDictionary } from "@/rooms/insight/data";
import type { AreaName, Flow } from "./data";
import { todayWords } from "./words";

const REPORTS: Partial<Record<AreaName, string>> = { acquisition: "flows", activity: "flows", retention: "retention", conversion: "funnel" };

function One({ flow }: { flow: Flow }) {
  const t = useT(todayWords);
  const localized = useLocalized();
  const { locale } = useLocale();
  const metric = useDictionary().data?.items.find((item) => item.name === flow.metric);
  const report = REPORTS[flow.key];
  const inner = (
    <>
      <span className="flow-name">{localized(flow.label)}</span>
      <span className="flow-metric muted">{metric ? `${t("yesterday")}${locale === "zh" ? "" : ": "}${localized(metric.label)}` : t("yesterday")}</span>
      <span className="flow-value num">{flow.yesterday === null ? "—" : format.compact(flow.yesterday, locale)}</span>
      {flow.spark.length > 1 ? <Spark values={flow.spark} width={120} height={30} label={t("sparkOf", { name: localized(flow.label) })} /> : null}
      <span className="flow-notes muted num">{flow.mean === null ? t("noFacts") : t("mean", { n: format.number(flow.mean, locale, 1) })}</span>
    </>
  );
  return report ? <Link to={`/insight/${report}`} className="flow-one" title={localized(metric?.definition)}>{inner}</Link> : <div className="flow-one">{inner}</div>;
}

/** 拉新 → 促活 → 留存 → 转化 → 裂变 as one line of linked figures. */
export function Flows({ flows }: { flows: Flow[] }) {
  const t = useT(todayWords);
  return (
    <section className="panel" aria-label={t("flows")}>
      <ol className="flow-row">
        {flows.map((flow, index) => (
          <li key={flow.key}>
            {index > 0 ? <RightOutlined className="flow-arrow" aria-hidden /> : null}
            <One flow={flow} />
          </li>
        ))}
      </ol>
    </section>
  );
}
