import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { DeleteOutlined, EditOutlined, MoreOutlined } from "@ant-design/icons";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { del, get, useCan, type Listed } from "@/api";
import { Asked, Chart, DataTable, EmptyState, ErrorState, format, Loading, Num, Page, Percent, PersonChip, Stat, Time, useConfirm, useLocale, useT, useZone, type Column } from "@/ui";
import { MemberPicker, type PickedMember } from "@/ui/MemberPicker";
import { fromTree, sentence, useLanguage } from "@/ui/tree";
import { AUDIENCES, useAudience, type AudienceDetail, type Explained, type MemberBrief } from "./api";
import { UsedBy } from "./AudienceList";
import { Reasons } from "./SamplePanel";
import { audienceWords } from "./words";
import "./audience.css";

function Members({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const query = useInfiniteQuery({
    queryKey: [...AUDIENCES, audience.id, "members", audience.refreshed_at],
    queryFn: ({ pageParam, signal }) => get<Listed<MemberBrief>>(`/audiences/${String(audience.id)}/members`, { query: { cursor: pageParam, limit: 50 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const rows = query.data?.pages.flatMap((page) => page.items);
  const total = query.data?.pages[0]?.total;
  const columns: Column<MemberBrief>[] = [
    { key: "name", title: t("member"), card: "head", text: (row) => row.name ?? String(row.id), render: (row) => <PersonChip name={row.name ?? `#${String(row.id)}`} memberId={String(row.id)} /> },
    { key: "entered_at", title: t("enteredAt"), text: (row) => row.entered_at, render: (row) => <Time value={row.entered_at} /> },
  ];
  return (
    <DataTable
      id="audience-members" label={`${audience.label} ${t("members")}`} columns={columns} rows={rows} rowKey={(row) => String(row.id)} loading={query.isFetching} error={query.error}
      onRetry={() => void query.refetch()} {...(total === undefined ? {} : { total })} href={(row) => `/members/${String(row.id)}`}
      more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage() }}
      empty={<EmptyState title={t("noMembers")} hint={t("noMembersHint")} />}
    />
  );
}

function Explain({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const [member, setMember] = useState<PickedMember | null>(null);
  const call = useMutation({ mutationFn: (id: string) => get<Explained>(`/audiences/${String(audience.id)}/explain/${id}`) });
  return (
    <section className="panel">
      <h2>{t("explainTitle")}</h2>
      <MemberPicker label={t("explainHint")} value={member} onChange={(picked) => { setMember(picked); if (picked) call.mutate(picked.id); else call.reset(); }} />
      {call.isPending ? <Loading rows={2} /> : null}
      {call.error ? <ErrorState error={call.error} /> : null}
      {call.data && member ? <Reasons explained={call.data} /> : null}
    </section>
  );
}

function Versions({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  const language = useLanguage().data;
  const versions = audience.versions ?? [];
  if (versions.length < 2) return null;
  return (
    <section className="panel">
      <h2>{t("versions")}</h2>
      <ol className="versions">
        {versions.map((version) => (
          <li key={version.version}>
            <div className="row between"><strong>{t("versionN", { n: version.version })}{version.version === audience.version ? ` · ${t("current")}` : ""}</strong><Time value={version.written_at} relative /></div>
            <p>{language ? sentence(fromTree(version.tree), language, locale) : ""}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Actions({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const can = useCan();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const cache = useQueryClient();
  if (!can("audiences.write")) return null;
  const remove = (): void => {
    confirm({
      title: t("removeAsk", { name: audience.label }), body: t("removeBody"), act: t("removeAudience"), danger: true, done: t("removed"),
      ...(audience.size === null ? {} : { people: audience.size }),
      run: async () => {
        await del(`/audiences/${String(audience.id)}`);
        await cache.invalidateQueries({ queryKey: AUDIENCES });
        void navigate("/audiences");
      },
    });
  };
  return (
    <>
      {can("journeys.write") ? <Link className="ant-btn-link-wrap" to={`/journeys/new?audience=${encodeURIComponent(audience.name)}`}><Button>{t("startJourney")}</Button></Link> : null}
      <Button type="primary" icon={<EditOutlined />} onClick={() => void navigate(`/audiences/${String(audience.id)}/edit`)}>{t("edit")}</Button>
      <Dropdown trigger={["click"]} menu={{ items: [{ key: "remove", label: t("removeAudience"), icon: <DeleteOutlined />, danger: true }], onClick: remove }}>
        <Button icon={<MoreOutlined />} aria-label={t("more")} />
      </Dropdown>
    </>
  );
}

function Detail({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  const zone = useZone();
  const history = audience.history ?? [];
  return (
    <Page title={audience.label || audience.name} crumbs={[{ to: "/audiences", label: t("title") }]} lead={audience.sentence[locale]} actions={<Actions audience={audience} />}>
      <div className="stack">
        <section className="panel grid-3">
          <Stat label={t("size")} value={audience.size === null ? <span className="audience-pending">{t("counting")}</span> : <Num value={audience.size} />} note={audience.share === null || audience.share === undefined ? null : <><Percent share={audience.share} /> {t("share")}</>} />
          <Stat label={t("freshness")} value={<Time value={audience.refreshed_at} relative />} note={audience.due_at ? t("dueHint", { time: format.time(audience.due_at, zone) }) : <Time value={audience.refreshed_at} zone />} />
          <Stat label={t("usedBy")} value={(audience.used_by ?? []).length} note={<UsedBy audience={audience} />} />
        </section>
        <div className="grid-side">
          <div className="stack">
            {history.length > 1 ? (
              <section className="panel">
                <h2>{t("overTime")}</h2>
                <Chart kind="area" label={t("overTime")} x={history.map((point) => format.time(point.at, zone, "day").slice(5))} series={[{ name: t("size"), data: history.map((point) => point.size) }]} height={200} />
              </section>
            ) : null}
            <Members audience={audience} />
          </div>
          <div className="stack">
            <Explain audience={audience} />
            <Versions audience={audience} />
          </div>
        </div>
      </div>
    </Page>
  );
}

export default function AudiencePage() {
  const { id } = useParams();
  const query = useAudience(id);
  return <Asked query={query}>{(audience) => <Detail audience={audience} />}</Asked>;
}
