import { InfoCircleOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { Money, Num, Percent, Time, useBoth, useT } from "@/ui";
import type { Cell, ColumnType, Metric, Report } from "./api";
import { insightWords } from "./words";

interface ShownProps {
  value: Cell;
  type: ColumnType;
  currency: string;
}

export function Shown({ value, type, currency }: ShownProps) {
  const t = useT(insightWords);
  const both = useBoth();
  if (value === null || value === undefined || value === "") return <span className="muted">—</span>;
  if (typeof value === "object") return <>{both(value)}</>;
  if (typeof value === "number") {
    if (type === "money") return <Money fen={value} currency={currency} />;
    if (type === "percent") return <Percent share={value} />;
    if (type === "days") return <span className="num">{t("days", { n: Math.round(value * 10) / 10 })}</span>;
    return <Num value={value} digits={1} />;
  }
  if (type === "moment") return <Time value={value} />;
  if (type === "date") return <span className="num nowrap">{value.slice(0, 10)}</span>;
  return <>{value}</>;
}

export function Definition({ metric }: { metric: Metric }) {
  const both = useBoth();
  return (
    <div style={{ maxWidth: 320 }}>
      <strong>{both(metric.label)}</strong>
      <p>{both(metric.definition)}</p>
    </div>
  );
}

/** The rows of a report; a column that is a metric shows its definition on a click. */
export function ReportTable({ report }: { report: Report }) {
  const t = useT(insightWords);
  const both = useBoth();
  const figures = new Set<ColumnType>(["count", "money", "percent", "days"]);
  return (
    <div className="report-table" tabIndex={0} role="region" aria-label={t("table")}>
      <table className="plain-table">
        <caption className="sr-only">{both(report.title)}</caption>
        <thead>
          <tr>
            {report.columns.map((column) => {
              const metric = report.definitions.find((one) => one.name === column.metric);
              return (
                <th key={column.key} scope="col" className={figures.has(column.type) ? "figure" : ""}>
                  {both(column.label)}
                  {metric ? (
                    <Popover trigger="click" content={<Definition metric={metric} />}>
                      <Button type="text" size="small" icon={<InfoCircleOutlined />} aria-label={t("showDefinition", { name: both(metric.label) })} />
                    </Popover>
                  ) : null}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row, index) => (
            <tr key={index}>
              {report.columns.map((column) => (
                <td key={column.key} className={figures.has(column.type) ? "figure" : ""}><Shown value={row[column.key]} type={column.type} currency={report.currency} /></td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
