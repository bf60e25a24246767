import { useQuery } from "@tanstack/react-query";
import { get, type Query } from "@/api";
import type { Both } from "@/ui";

export interface Metric {
  name: string;
  label: Both;
  definition: Both;
  unit: string;
  of: string[];
}

export interface Param {
  name: string;
  label: Both;
  kind: "moment" | "period" | "choice" | "integer" | "steps" | "audience" | "text";
  default: string | null;
  choices: { value: string; label: Both }[];
  low: number | null;
  high: number | null;
}

export interface ReportKind {
  name: string;
  title: Both;
  about: Both;
  params: Param[];
}

export type ColumnType = "text" | "count" | "money" | "percent" | "days" | "date" | "moment" | "ratio" | "member";

export interface ReportColumn {
  key: string;
  label: Both;
  type: ColumnType;
  metric: string | null;
}

export interface ReportChart {
  kind: "line" | "area" | "bar" | "stacked" | "hbar" | "funnel" | "heatmap" | "sankey" | "forest";
  unit: "number" | "money" | "percent" | "ratio";
  x: Both[];
  x_label: Both;
  series: { name: Both; data: (number | null)[]; metric: string | null }[];
}

export type Cell = string | number | Both | null | undefined;

export interface Report {
  name: string;
  title: Both;
  answer: Both;
  columns: ReportColumn[];
  rows: Record<string, Cell>[];
  chart: ReportChart | null;
  definitions: Metric[];
  as_of: string;
  zone: string;
  currency: string;
  window: { begins: string | null; ends: string } | null;
  previous: { begins: string | null; ends: string } | null;
  audience: string | null;
  notes: Both[];
}

/** Where the members of a row can be seen and kept as an audience; null where the audience language cannot say who they are. */
export function audienceOf(row: Record<string, unknown>, label: string): string | null {
  const tree = row.tree;
  if (tree === null || tree === undefined) return null;
  return `/audiences/new?${new URLSearchParams({ tree: JSON.stringify(tree), label }).toString()}`;
}

export function useReports() {
  return useQuery({ queryKey: ["reports"], queryFn: () => get<{ items: ReportKind[] }>("/reports"), staleTime: 300_000 });
}

export function useReport(name: string, query: Query) {
  return useQuery({ queryKey: ["report", name, query], queryFn: ({ signal }) => get<Report>(`/reports/${name}`, { query, signal }), staleTime: 60_000, placeholderData: (old) => (old?.name === name ? old : undefined) });
}

export function useDictionary() {
  return useQuery({ queryKey: ["metric-dictionary"], queryFn: () => get<{ items: Metric[] }>("/metric-dictionary"), staleTime: 300_000 });
}

export function useAudienceNames(enabled: boolean) {
  return useQuery({ queryKey: ["audience-names"], queryFn: () => get<{ items: { name: string; label: string }[] }>("/audiences", { query: { limit: 200 } }), enabled, staleTime: 60_000 });
}
