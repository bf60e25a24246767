import { CaretDownOutlined, CaretUpOutlined, InfoCircleOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { format, Money, Num, Percent, Time, useLocalized, useT } from "@/ui";
import { audienceOf, type Cell, type ColumnType, type Metric, type Report, type ReportColumn } from "./data";
import { insightWords } from "./words";

interface ShownProps {
  value: Cell;
  type: ColumnType;
  currency: string;
}

export function Shown({ value, type, currency }: ShownProps) {
  const t = useT(insightWords);
  const localized = useLocalized();
  if (value === null || value === undefined || value === "") return <span className="muted">—</span>;
  if (typeof value === "object") return <>{localized(value)}</>;
  if (typeof value === "number") {
    if (type === "money") return <Money fen={value} currency={currency} />;
    if (type === "percent") return <Percent share={value} />;
    if (type === "ratio") return <span className="num">{format.ratio(value)}</span>;
    if (type === "member") return <Link to={`/members/${String(value)}`} className="nowrap">{t("memberN", { n: value })}</Link>;
    if (type === "days") return <span className="num">{t("days", { n: Math.round(value * 10) / 10 })}</span>;
    return <Num value={value} digits={1} />;
  }
  if (type === "moment") return <Time value={value} />;
  if (type === "date") return <span className="num nowrap">{value.slice(0, 10)}</span>;
  return <>{value}</>;
}

export function Definition({ metric }: { metric: Metric }) {
  const localized = useLocalized();
  return (
    <div style={{ maxWidth: 320 }}>
      <strong>{localized(metric.label)}</strong>
      <p>{localized(metric.definition)}</p>
    </div>
  );
}

const FIGURES = new Set<ColumnType>(["count", "money", "percent", "days", "ratio"]);
const CHANGE = "change";
const TURNED_ROWS_MAX = 3;
const TURNED_COLUMNS_MIN = 7;

/** In a row that says how much a figure changed, every figure is a share. */
function typeIn(row: Report["rows"][number], column: ReportColumn): ColumnType {
  return row.part === CHANGE && FIGURES.has(column.type) ? "percent" : column.type;
}

/** The definition of a column that is a metric, one click away. */
function Defined({ column, report }: { column: ReportColumn; report: Report }) {
  const t = useT(insightWords);
  const localized = useLocalized();
  const metric = report.definitions.find((item) => item.name === column.metric);
  if (!metric) return null;
  return (
    <Popover trigger="click" content={<Definition metric={metric} />}>
      <Button type="text" size="small" icon={<InfoCircleOutlined aria-hidden />} aria-label={t("showDefinition", { name: localized(metric.label) })} />
    </Popover>
  );
}

function Head({ column, report }: { column: ReportColumn; report: Report }) {
  const localized = useLocalized();
  return <>{localized(column.label)}<Defined column={column} report={report} /></>;
}

/** What a row is called: its texts before the first figure. */
function nameOf(report: Report, row: Report["rows"][number], localized: ReturnType<typeof useLocalized>): string {
  const texts = report.columns.filter((column) => column.type === "text").map((column) => row[column.key]);
  return texts.map((text) => (typeof text === "object" && text ? localized(text) : String(text ?? ""))).join(" → ");
}

interface Order {
  key: string;
  descending: boolean;
}

/** The rows by one column; what has no figure stands last either way. */
function ordered(rows: Report["rows"], order: Order | null): Report["rows"] {
  if (!order) return rows;
  const figure = (row: Report["rows"][number]): number | null => (typeof row[order.key] === "number" ? (row[order.key] as number) : null);
  return [...rows].sort((a, b) => {
    const [left, right] = [figure(a), figure(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return order.descending ? right - left : left - right;
  });
}

function Upright({ report }: { report: Report }) {
  const t = useT(insightWords);
  const localized = useLocalized();
  const [order, setOrder] = useState<Order | null>(null);
  const rows = ordered(report.rows, order);
  const turn = (key: string): void => {
    setOrder(order?.key !== key ? { key, descending: true } : order.descending ? { key, descending: false } : null);
  };
  const arrow = (key: string) => (order?.key !== key ? null : order.descending ? <CaretDownOutlined aria-hidden /> : <CaretUpOutlined aria-hidden />);
  const sorting = (key: string) => (order?.key !== key ? "none" : order.descending ? "descending" : "ascending");
  const linked = report.rows.some((row) => audienceOf(row, "") !== null);
  const members = (row: Report["rows"][number]) => {
    const name = nameOf(report, row, localized);
    const to = audienceOf(row, name);
    return to ? <Link to={to} className="nowrap" aria-label={t("seeMembersOf", { name })}>{t("seeMembers")}</Link> : null;
  };
  return (
    <>
      <thead>
        <tr>{report.columns.map((column) => FIGURES.has(column.type) ? (
          <th key={column.key} scope="col" className="figure" aria-sort={sorting(column.key)}>
            <button type="button" className="sort-head" aria-label={t("sortBy", { name: localized(column.label) })} onClick={() => turn(column.key)}>{localized(column.label)}{arrow(column.key)}</button>
            <Defined column={column} report={report} />
          </th>
        ) : <th key={column.key} scope="col"><Head column={column} report={report} /></th>)}{linked ? <th scope="col"><span className="sr-only">{t("seeMembers")}</span></th> : null}</tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {report.columns.map((column) => <td key={column.key} className={FIGURES.has(column.type) ? "figure" : ""}><Shown value={row[column.key]} type={typeIn(row, column)} currency={report.currency} /></td>)}
            {linked ? <td>{members(row)}</td> : null}
          </tr>
        ))}
      </tbody>
    </>
  );
}

/** A few rows of many figures read better on their side: one line a figure, one column a row. */
function Turned({ report }: { report: Report }) {
  const [name, ...figures] = report.columns;
  if (!name) return null;
  return (
    <>
      <thead>
        <tr>
          <th scope="col"><Head column={name} report={report} /></th>
          {report.rows.map((row, index) => <th key={index} scope="col" className="figure"><Shown value={row[name.key]} type={name.type} currency={report.currency} /></th>)}
        </tr>
      </thead>
      <tbody>
        {figures.map((column) => (
          <tr key={column.key}>
            <th scope="row"><Head column={column} report={report} /></th>
            {report.rows.map((row, index) => <td key={index} className="figure"><Shown value={row[column.key]} type={typeIn(row, column)} currency={report.currency} /></td>)}
          </tr>
        ))}
      </tbody>
    </>
  );
}

/** The rows of a report; a figure that is a metric shows its definition on a click. */
export function ReportTable({ report }: { report: Report }) {
  const t = useT(insightWords);
  const localized = useLocalized();
  const turned = report.rows.length <= TURNED_ROWS_MAX && report.columns.length >= TURNED_COLUMNS_MIN;
  return (
    <div className="report-table" tabIndex={0} role="region" aria-label={t("table")}>
      <table className="plain-table">
        <caption className="sr-only">{localized(report.title)}</caption>
        {turned ? <Turned report={report} /> : <Upright report={report} />}
      </table>
    </div>
  );
}
