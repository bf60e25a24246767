import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useState } from "react";
import { api, everyRow, ok } from "@/api";
import { DataTable, EmptyState, format, MomentInput, useT, useZone, type Column } from "@/ui";
import { MemberChip } from "@/rooms/contacts/MemberChip";
import { AUDIENCES, type AudienceDetail, type AudienceMember } from "./data";
import { audienceWords } from "./words";

/** Who is in now, or who was in at a moment of the brand's own time. */
export function Members({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const zone = useZone();
  const [at, setAt] = useState("");
  const [search, setSearch] = useState("");
  const page = (cursor: string | null | undefined, limit: number) =>
    ok(api.GET("/api/v1/audiences/{audience_id}/members", { params: { path: { audience_id: audience.id }, query: { limit, ...(cursor ? { cursor } : {}), ...(at ? { at } : {}), ...(search ? { search } : {}) } } }));
  const query = useInfiniteQuery({
    queryKey: [...AUDIENCES, audience.id, "members", at || audience.refreshed_at, search],
    queryFn: ({ pageParam }) => page(pageParam, 50),
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });
  const first = query.data?.pages[0];
  const rows = query.data?.pages.flatMap((page) => page.items);
  const columns: Column<AudienceMember>[] = [
    { key: "name", title: t("member"), card: "head", text: (row) => row.name ?? String(row.id), render: (row) => <MemberChip id={row.id} name={row.name} /> },
    { key: "entered_at", title: t("enteredAt"), moment: (row) => row.entered_at },
  ];
  return (
    <section className="stack" aria-labelledby="members-title">
      <div className="row wrap between">
        <h2 id="members-title" className="panel-title">{t(at ? "membersThen" : "members")}</h2>
        <MomentInput label={t("thenHint")} value={at} onChange={setAt} latest={dayjs()} />
      </div>
      {at && first ? (
        <p className="muted" role="status">
          {first.version === null ? t("thenBefore", { when: format.time(at, zone) }) : t("thenSays", { when: format.time(at, zone), n: first.total, version: first.version })}
        </p>
      ) : null}
      <DataTable
        id="audience-members" label={`${audience.label} ${t(at ? "membersThen" : "members")}`} columns={columns} rows={rows} rowKey={(row) => String(row.id)} loading={query.isFetching} error={query.error}
        onRetry={() => void query.refetch()} {...(first ? { total: first.total } : {})} href={(row) => `/members/${String(row.id)}`}
        more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage(), every: () => everyRow(page) }}
        search={{ value: search, onChange: setSearch, placeholder: t("searchMembers") }}
        empty={<EmptyState title={t(at ? "nobodyThen" : "noMembers")} hint={t(at ? "nobodyThenHint" : "noMembersHint")} />}
      />
    </section>
  );
}
