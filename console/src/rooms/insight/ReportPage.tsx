import { DownloadOutlined, PictureOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { EChartsType } from "echarts/core";
import { useMemo, useRef } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { addressOf, useSession } from "@/api";
import { QueryState, Chart, EmptyState, ErrorState, format, Loading, Page, useLocalized, useLocale, useT, useTones } from "@/ui";
import { audienceOf, useReport, useReports, type Report, type ReportChart, type ReportKind } from "./data";
import { Filters } from "./Filters";
import { Funnel } from "./Funnel";
import { ListedPeople } from "./ListedPeople";
import { Definition, ReportTable } from "./ReportTable";
import { pictureOf } from "./picture";
import { insightWords } from "./words";
import "./insight.css";

/** The members that a report lists, each once. */
function listed(report: Report): number[] {
  const column = report.columns.find((each) => each.type === "member");
  return column ? [...new Set(report.rows.flatMap((row) => (typeof row[column.key] === "number" ? [row[column.key] as number] : [])))] : [];
}

const ROW_PX = 34;
const CHART_PX = 320;
const SANKEY_PX = 420;
const FOREST_ROW_PX = 42;

interface DrawnProps {
  chart: ReportChart;
  label: string;
  onReady: (chart: EChartsType) => void;
  onPick: (series: number, x: number) => void;
}

function heightOf(chart: ReportChart): number {
  if (chart.kind === "heatmap") return Math.max(220, chart.series.length * ROW_PX + 40);
  if (chart.kind === "hbar") return Math.max(200, chart.x.length * ROW_PX + 40);
  if (chart.kind === "forest") return chart.x.length * FOREST_ROW_PX + 48;
  return chart.kind === "sankey" ? SANKEY_PX : CHART_PX;
}

function Drawn({ chart, label, onReady, onPick }: DrawnProps) {
  const localized = useLocalized();
  const x = chart.x.map(localized);
  if (chart.kind === "funnel") return <Funnel steps={x} values={chart.series[0]?.data ?? []} />;
  return (
    <div className={`report-chart ${chart.kind}`} tabIndex={0} role="region" aria-label={label}>
      <div className={chart.kind === "heatmap" && x.length > 8 ? "report-chart-wide" : ""}>
        <Chart kind={chart.kind} unit={chart.unit} x={x} xLabel={localized(chart.x_label)} series={chart.series.map((series) => ({ name: localized(series.name), data: series.data }))} label={label} height={heightOf(chart)} onReady={onReady} onPick={onPick} />
      </div>
    </div>
  );
}

/** Which time the figures are of, in the brand's zone. */
function useSpan(): (report: Report) => string {
  const t = useT(insightWords);
  return (report) => {
    const day = (iso: string): string => format.time(iso, report.zone, "minute").replace(/ 00:00$/, "");
    const now = report.window ? (report.window.begins ? t("window", { from: day(report.window.begins), to: day(report.window.ends) }) : t("allHistory")) : t("asOf", { time: day(report.as_of) });
    const before = report.previous?.begins ? t("previous", { from: day(report.previous.begins), to: day(report.previous.ends) }) : "";
    return [now, before, report.zone].filter(Boolean).join(" · ");
  };
}

/** What a reader must know to read the figures right. */
function Notes({ notes }: { notes: Report["notes"] }) {
  const t = useT(insightWords);
  const localized = useLocalized();
  return (
    <section className="report-notes" aria-label={t("notes")}>
      <h3>{t("notes")}</h3>
      <ul>{notes.map((note) => <li key={note.en}>{localized(note)}</li>)}</ul>
    </section>
  );
}

function Answer({ report, onReady }: { report: Report; onReady: (chart: EChartsType) => void }) {
  const t = useT(insightWords);
  const span = useSpan();
  const localized = useLocalized();
  const navigate = useNavigate();
  const pick = (series: number, x: number): void => {
    const [from, to] = [report.chart?.series[series]?.name, report.chart?.x[x]];
    const same = (cell: unknown, name: typeof from): boolean => typeof cell === "object" && cell !== null && name !== undefined && localized(cell as typeof name) === localized(name);
    const row = report.rows.find((item) => same(item.was, from) && same(item.stage, to));
    const address = row && from && to ? audienceOf(row, `${localized(from)} → ${localized(to)}`) : null;
    if (address) void navigate(address);
  };
  return (
    <div className="stack">
      <section className="panel">
        <p className="report-answer">{localized(report.answer)}</p>
        <p className="muted report-span">{span(report)}</p>
        {report.chart && report.rows.length > 0 ? <Drawn chart={report.chart} label={localized(report.title)} onReady={onReady} onPick={pick} /> : null}
        {report.notes.length ? <Notes notes={report.notes} /> : null}
      </section>
      <section className="panel">
        <div className="row wrap between">
          <h2>{t("table")}</h2>
          <ListedPeople memberIds={listed(report)} />
        </div>
        {report.rows.length === 0 ? <EmptyState title={t("noRows")} hint={t("noRowsHint")} /> : <ReportTable report={report} />}
      </section>
      {report.definitions.length ? (
        <details className="panel report-definitions">
          <summary>{t("definitions")}</summary>
          <ul>{report.definitions.map((metric) => <li key={metric.name}><Definition metric={metric} /></li>)}</ul>
        </details>
      ) : null}
    </div>
  );
}

function ReportView({ kind }: { kind: ReportKind }) {
  const t = useT(insightWords);
  const localized = useLocalized();
  const { locale } = useLocale();
  const tones = useTones();
  const span = useSpan();
  const brand = useSession().data?.workspace.name;
  const [params, setParams] = useSearchParams();
  const values = useMemo(() => Object.fromEntries(params), [params]);
  // Half-entered dates are not asked for.
  const filters = useMemo(() => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")), [values]);
  const query = useReport(kind.name, filters);
  const drawn = useRef<EChartsType | null>(null);
  const png = async (report: Report): Promise<void> => {
    const chart = drawn.current;
    if (!chart || chart.isDisposed()) return;
    const lines = [localized(report.answer), span(report), ...(brand ? [brand] : [])];
    const link = document.createElement("a");
    link.href = await pictureOf(chart, { title: localized(report.title), lines, ink: tones.ink, muted: tones.muted, surface: tones.surface });
    link.download = `${localized(report.title)}.png`;
    link.click();
  };
  const pictured = query.data?.chart && query.data.chart.kind !== "funnel" ? query.data : null;
  return (
    <Page
      title={localized(kind.title)} lead={localized(kind.about)} crumbs={[{ to: "/insight", label: t("title") }]}
      actions={
        <>
          {pictured ? <Button icon={<PictureOutlined aria-hidden />} onClick={() => void png(pictured)}>{t("png")}</Button> : null}
          <Button icon={<DownloadOutlined aria-hidden />} href={addressOf("/api/v1/reports/{name}", { path: { name: kind.name }, query: { ...filters, format: "csv", lang: locale } })}>{t("csv")}</Button>
        </>
      }
    >
      <Filters kind={kind} values={values} onChange={(next) => { setParams(next, { replace: true }); }} />
      <div aria-busy={query.isFetching} className={query.isFetching && query.data ? "report-fading" : ""}>
        {query.data && !query.error ? <Answer report={query.data} onReady={(chart) => { drawn.current = chart; }} /> : query.isPending ? <section className="panel"><Loading rows={8} /></section> : <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      </div>
    </Page>
  );
}

export default function ReportPage() {
  const { name = "" } = useParams();
  const t = useT(insightWords);
  const kinds = useReports();
  return (
    <QueryState query={kinds}>
      {(reports) => {
        const kind = reports.items.find((item) => item.name === name);
        return kind ? <ReportView key={kind.name} kind={kind} /> : <EmptyState title={t("problemMissing")} />;
      }}
    </QueryState>
  );
}
