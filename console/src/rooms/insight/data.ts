import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { AnswerOf, ItemOf, QueryOf } from "@/api";
import type { LocalizedText } from "@/ui";

export type Metric = ItemOf<"/api/v1/metric-dictionary">;
export type ReportKind = ItemOf<"/api/v1/reports">;
export type Param = ReportKind["params"][number];
export type Cell = string | number | LocalizedText | null | undefined;

type Answer = AnswerOf<"/api/v1/reports/{name}">;
export type ReportColumn = Answer["columns"][number];
export type ColumnType = ReportColumn["type"];
export type ReportChart = NonNullable<Answer["chart"]>;

/** A report; the values of a row depend on its columns, so the server's description leaves them open. */
export type Report = Omit<Answer, "rows"> & { rows: Record<string, Cell>[] };

/** Where the members of a row can be seen and kept as an audience; null where the audience language cannot say who they are. */
export function audienceOf(row: Record<string, unknown>, label: string): string | null {
  const tree = row.tree;
  if (tree === null || tree === undefined) return null;
  return `/audiences/new?${new URLSearchParams({ tree: JSON.stringify(tree), label }).toString()}`;
}

export function useReports() {
  return useQuery({ queryKey: ["reports"], queryFn: () => ok(api.GET("/api/v1/reports")), staleTime: 300_000 });
}

export function useReport(name: string, query: QueryOf<"/api/v1/reports/{name}">) {
  return useQuery({
    queryKey: ["report", name, query],
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/reports/{name}", { params: { path: { name }, query }, signal }))) as Report,
    staleTime: 60_000,
    placeholderData: (old) => (old?.name === name ? old : undefined),
  });
}

export function useDictionary() {
  return useQuery({ queryKey: ["metric-dictionary"], queryFn: () => ok(api.GET("/api/v1/metric-dictionary")), staleTime: 300_000 });
}
