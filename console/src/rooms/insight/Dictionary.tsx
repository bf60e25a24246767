import { useState } from "react";
import { DataTable, EmptyState, Page, useBoth, useT, type Column } from "@/ui";
import { useDictionary, type Metric } from "./api";
import { insightWords } from "./words";

/** Every metric with its one definition. */
export default function Dictionary() {
  const t = useT(insightWords);
  const both = useBoth();
  const query = useDictionary();
  const [text, setText] = useState("");
  const all = query.data?.items;
  const label = new Map(all?.map((metric) => [metric.name, both(metric.label)]));
  const wanted = text.trim().toLowerCase();
  const rows = all?.filter((metric) => !wanted || `${both(metric.label)} ${both(metric.definition)}`.toLowerCase().includes(wanted));
  const unit = (metric: Metric): string => {
    const known = ["count", "money", "percent", "days", "ratio"] as const;
    const found = known.find((one) => one === metric.unit);
    return found ? t(`unit_${found}`) : metric.unit;
  };
  const columns: Column<Metric>[] = [
    { key: "label", title: t("metric"), card: "head", text: (row) => both(row.label), render: (row) => <strong className="nowrap">{both(row.label)}</strong> },
    { key: "definition", title: t("definition"), text: (row) => both(row.definition), render: (row) => <span className="metric-means">{both(row.definition)}</span> },
    { key: "unit", title: t("unit"), text: unit },
    { key: "of", title: t("madeOf"), text: (row) => row.of.map((name) => label.get(name) ?? name).join(" / ") || "—" },
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
