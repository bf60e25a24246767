import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { api, everyRow, ok } from "@/api";
import type { Schemas } from "@/api";
import { DataTable, EmptyState, useLocalized, useCodes, useLabel, useT } from "@/ui";
import { platformWords } from "./words";

type Line = Schemas["AuditLine"];

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

export default function Audit() {
  const t = useT(platformWords);
  const localized = useLocalized();
  const label = useLabel();
  const kinds = useCodes("audit_kind");
  const [kind, setKind] = useState<string>("");
  const [search, setSearch] = useState("");
  const page = (before: string | undefined, limit: number) =>
    ok(api.GET("/api/v1/audit", { params: { query: { limit, ...(before ? { before } : {}), ...(kind ? { kinds: [kind] } : {}), ...(search ? { search } : {}) } } }));
  const query = useInfiniteQuery({
    queryKey: ["audit", kind, search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => page(pageParam, 50),
    placeholderData: keepPreviousData,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const rows = query.data?.pages.flatMap((page) => page.items);
  const who = (line: Line): string => (line.actor === "system" ? t("by_system") : line.actor_name);
  const which = (line: Line): string => text(line.props["subject"]) || text(line.props["reason"]);
  return (
    <DataTable<Line>
      id="audit"
      label={t("audit")}
      rows={rows}
      rowKey={(line) => String(line.id)}
      loading={query.isFetching}
      error={query.error}
      onRetry={() => void query.refetch()}
      filters={
        <Select
          style={{ width: 180 }}
          value={kind}
          aria-label={t("filter")}
          onChange={setKind}
          options={[{ value: "", label: t("everyKind") }, ...kinds.map((value) => ({ value, label: label("audit_kind", value) }))]}
        />
      }
      empty={<EmptyState title={t("noAudit")} />}
      search={{ value: search, onChange: setSearch, placeholder: t("searchAudit") }}
      more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage(), every: () => everyRow(page) }}
      columns={[
        { key: "what", title: t("did"), text: localized },
        { key: "which", title: t("which"), text: which },
        { key: "change", title: t("change"), text: (line) => localized({ zh: line.change_zh, en: line.change_en }) },
        { key: "who", title: t("who"), text: who },
        { key: "at", title: t("time"), moment: (line) => line.occurred_at, momentStyle: "second" },
      ]}
    />
  );
}
