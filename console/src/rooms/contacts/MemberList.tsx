import { PlusOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useCallback, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { addressOf, filled, useCan } from "@/api";
import { DataTable, EmptyState, Page, SavedViews, Time, useLabel, useList, useLocale, useT } from "@/ui";
import { MemberChip } from "./MemberChip";
import type { Column } from "@/ui";
import { BulkTags } from "./BulkTags";
import { useMembers, useReach, useTagGroups } from "./data";
import { NewMember } from "./NewMember";
import type { MemberRow } from "./types";
import { contactsWords } from "./words";

const IDENTITIES = ["phone", "email", "external_userid", "unionid", "openid", "external_id", "anonymous"];
const TAGS_SHOWN = 3;

function Tags({ tags }: { tags: string[] }) {
  const list = useList();
  if (tags.length === 0) return <span className="muted">—</span>;
  return (
    <span className="chips" title={list(tags)}>
      {tags.slice(0, TAGS_SHOWN).map((tag) => <span key={tag} className="chip">{tag}</span>)}
      {tags.length > TAGS_SHOWN ? <span className="chip">+{tags.length - TAGS_SHOWN}</span> : null}
    </span>
  );
}

function useColumns(rows: MemberRow[]): Column<MemberRow>[] {
  const t = useT(contactsWords);
  const label = useLabel();
  const list = useList();
  const can = useReach(rows.map((row) => row.id)).data;
  const called = (row: MemberRow): string => row.name ?? t("unnamed", { id: row.external_id ?? row.id });
  const reach = (row: MemberRow): string[] => (can?.get(row.id) ?? []).filter((item) => item.reason === null).map((item) => label("channel", item.channel));
  const reason = (row: MemberRow): string => label("message_reason", can?.get(row.id)?.[0]?.reason ?? null);
  return [
    { key: "name", title: t("member"), sort: "name", render: (row) => <MemberChip id={row.id} name={called(row)} />, text: called },
    { key: "external", title: label("identity", "external_id"), text: (row) => row.external_id },
    { key: "phone", title: t("phone"), text: (row) => row.phone },
    { key: "email", title: label("identity", "email"), hidden: true, text: (row) => row.email },
    { key: "reach", title: t("reach"), render: (row) => (reach(row).length ? list(reach(row)) : <span className="muted">{reason(row) || t("noReach")}</span>), text: (row) => list(reach(row)) },
    { key: "tags", title: t("tags"), render: (row) => <Tags tags={row.tags} />, text: (row) => row.tags.join(" ") },
    { key: "source", title: t("source"), text: (row) => label("source", row.source), card: "none" },
    { key: "created_at", title: t("createdAt"), sort: "created_at", moment: (row) => row.created_at, momentStyle: "day" },
    { key: "updated_at", title: t("updatedAt"), hidden: true, render: (row) => <Time value={row.updated_at} relative />, moment: (row) => row.updated_at },
  ];
}

function Filters({ tag, identity, onChange }: { tag: string; identity: string; onChange: (key: string, value: string) => void }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const groups = useTagGroups().data?.items ?? [];
  return (
    <>
      <Select
        showSearch
        style={{ minWidth: 132 }}
        value={tag}
        aria-label={t("tag")}
        onChange={(value) => onChange("tag", value)}
        options={[{ value: "", label: t("anyTag") }, ...groups.map((group) => ({ label: group.name, title: group.name, options: group.tags.map((item) => ({ value: item.name, label: item.name })) }))]}
      />
      <Select
        style={{ minWidth: 132 }}
        value={identity}
        aria-label={t("identityKind")}
        onChange={(value) => onChange("identity", value)}
        options={[{ value: "", label: t("anyIdentity") }, ...IDENTITIES.map((kind) => ({ value: kind, label: label("identity", kind) }))]}
      />
    </>
  );
}

/** The list of members; its filters live in the address, so that a view can be sent to a colleague. */
export default function MemberList() {
  const t = useT(contactsWords);
  const can = useCan();
  const navigate = useNavigate();
  const { locale } = useLocale();
  const [params, setParams] = useSearchParams();
  const [picked, setPicked] = useState<string[]>([]);
  const [everybody, setEverybody] = useState(false);
  const making = params.has("new");
  const setMaking = (open: boolean) => { setParams((now) => { if (open) now.set("new", "1"); else now.delete("new"); return now; }, { replace: true }); };
  const of = (key: string): string => params.get(key) ?? "";
  const set = useCallback(
    (key: string, value: string) => {
      setParams(
        (now) => {
          if (value) now.set(key, value);
          else now.delete(key);
          return now;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  const onSearch = useCallback((value: string) => set("search", value), [set]);
  const filters = { search: of("search"), tag: of("tag"), identity: of("identity"), sort: of("sort") || "-id" };
  const query = useMembers(filters);
  const rows = query.data?.pages.flatMap((page) => page.items);
  const columns = useColumns(rows ?? []);
  const total = query.data?.pages[0]?.total ?? 0;
  const pick = (keys: string[]) => {
    setEverybody(false);
    setPicked(keys);
  };
  const { search, tag, identity } = filters;
  const chosen = everybody ? { matching: { search: search || null, tag: tag || null, identity: identity || null, expected: total } } : { member_ids: picked.map(Number) };
  const filtered = Boolean(filters.search || filters.tag || filters.identity);
  const acts = (
    <>
      {can("imports.write") ? <Button onClick={() => void navigate("/imports/new")}>{t("importMembers")}</Button> : null}
      {can("members.write") ? <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setMaking(true)}>{t("newMember")}</Button> : null}
    </>
  );
  return (
    <Page title={t("members")} lead={t("membersLead")} actions={acts}>
      <DataTable<MemberRow>
        id="members"
        label={t("members")}
        columns={columns}
        rows={rows}
        rowKey={(row) => String(row.id)}
        href={(row) => `/members/${String(row.id)}`}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        search={{ value: filters.search, onChange: onSearch, placeholder: t("searchMembers") }}
        filters={<Filters tag={filters.tag} identity={filters.identity} onChange={set} />}
        tools={<SavedViews id="members" search={params.toString()} onPick={(search) => setParams(new URLSearchParams(search))} />}
        sort={{ key: filters.sort.replace(/^-/, ""), descending: filters.sort.startsWith("-"), onChange: (key, descending) => set("sort", key ? `${descending ? "-" : ""}${key}` : "") }}
        {...(can("members.write") ? { picked: { keys: picked, onChange: pick, everything: { on: everybody, onChange: setEverybody }, actions: <BulkTags chosen={chosen} number={everybody ? total : picked.length} onDone={() => pick([])} /> } } : {})}
        total={total}
        more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage() }}
        exportHref={addressOf("/api/v1/members.csv", { query: filled<Record<string, string>>({ search: filters.search, tag: filters.tag, identity: filters.identity, sort: filters.sort, lang: locale }) })}
        {...(filtered ? {} : { empty: <EmptyState title={t("noMembers")} hint={t("noMembersHint")} actions={acts} /> })}
      />
      {making ? <NewMember onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}
