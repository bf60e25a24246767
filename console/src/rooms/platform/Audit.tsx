import { useInfiniteQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { api, ok } from "@/api";
import type { Schemas } from "@/api";
import { DataTable, EmptyState, Time, useBoth, useT } from "@/ui";
import { platformWords } from "./words";

type Line = Schemas["AuditLine"];

const KINDS = ["setting_changed", "signed_in", "sign_in_refused", "member_merged", "member_unmerged", "member_erased", "personal_data_revealed"] as const;
const KIND_WORDS = {
  setting_changed: { zh: "配置变更", en: "Setting changed" },
  signed_in: { zh: "登录", en: "Signed in" },
  sign_in_refused: { zh: "登录被拒绝", en: "Sign-in refused" },
  member_merged: { zh: "客户合并", en: "Members merged" },
  member_unmerged: { zh: "撤销合并", en: "Merge undone" },
  member_erased: { zh: "删除个人信息", en: "Personal data erased" },
  personal_data_revealed: { zh: "查看明文资料", en: "Personal data revealed" },
};

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

export default function Audit() {
  const t = useT(platformWords);
  const both = useBoth();
  const [kind, setKind] = useState<string>("");
  const query = useInfiniteQuery({
    queryKey: ["audit", kind],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => ok(api.GET("/api/v1/audit", { params: { query: { limit: 50, ...(pageParam ? { before: pageParam } : {}), ...(kind ? { kinds: [kind] } : {}) } } })),
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
          options={[{ value: "", label: t("everyKind") }, ...KINDS.map((name) => ({ value: name, label: both(KIND_WORDS[name]) }))]}
        />
      }
      empty={<EmptyState title={t("noAudit")} />}
      {...(query.hasNextPage ? { more: { has: true, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage() }, total: rows?.length ?? 0 } : {})}
      columns={[
        { key: "what", title: t("did"), text: both },
        { key: "which", title: t("which"), text: which },
        { key: "who", title: t("who"), text: who },
        { key: "at", title: t("time"), render: (line) => <Time value={line.occurred_at} style="second" />, text: (line) => line.occurred_at },
      ]}
    />
  );
}
