import { useState } from "react";
import { DataTable, EmptyState, Page, useLocalized, useLabel, useT, type Column } from "@/ui";
import { useDictionary, type Metric } from "./data";
import { insightWords } from "./words";

/** Every metric with its one definition. */
export default function Dictionary() {
  const t = useT(insightWords);
  const localized = useLocalized();
  const query = useDictionary();
  const [text, setText] = useState("");
  const all = query.data?.items;
  const label = useLabel();
  const names = new Map(all?.map((metric) => [metric.name, localized(metric.label)]));
  const needle = text.trim().toLowerCase();
  const rows = all?.filter((metric) => !needle || `${localized(metric.label)} ${localized(metric.definition)}`.toLowerCase().includes(needle));
  const unit = (metric: Metric): string => label("metric_unit", metric.unit);
  const columns: Column<Metric>[] = [
    { key: "label", title: t("metric"), card: "head", text: (row) => localized(row.label), render: (row) => <strong className="nowrap">{localized(row.label)}</strong> },
    { key: "definition", title: t("definition"), text: (row) => localized(row.definition), render: (row) => <span className="metric-means">{localized(row.definition)}</span> },
    { key: "unit", title: t("unit"), text: unit },
    { key: "of", title: t("madeOf"), text: (row) => row.of.map((name) => names.get(name) ?? name).join(" / ") || "—" },
  ];
  return (
    <Page title={t("dictionary")} lead={t("dictionaryLead")} crumbs={[{ to: "/insight", label: t("title") }]}>
      <DataTable
        id="metrics" label={t("dictionary")} columns={columns} rows={rows} rowKey={(row) => row.name} loading={query.isFetching} error={query.error} onRetry={() => void query.refetch()}
        search={{ value: text, onChange: setText, placeholder: t("searchMetric") }} {...(rows ? { total: rows.length } : {})} empty={<EmptyState title={t("nothingFound")} />}
      />
    </Page>
  );
}
