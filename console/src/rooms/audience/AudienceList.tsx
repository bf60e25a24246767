import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useCan } from "@/api";
import { DataTable, EmptyState, Num, Page, Percent, Time, useLocale, useT, type Column } from "@/ui";
import { useAudiences, type Audience } from "./data";
import { audienceWords } from "./words";
import "./audience.css";

function useColumns(): Column<Audience>[] {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  return [
    {
      key: "name", title: t("name"), card: "head", text: (row) => row.label,
      render: (row) => (
        <div className="audience-name">
          <Link to={`/audiences/${String(row.id)}`}>{row.label || row.name}</Link>
          <span className="muted audience-said">{row.sentence[locale]}</span>
        </div>
      ),
    },
    { key: "size", title: t("size"), align: "end", text: (row) => row.size, render: (row) => (row.size === null ? <span className="muted">{t("notCounted")}</span> : <Num value={row.size} short />) },
    { key: "share", title: t("share"), align: "end", text: (row) => row.share, render: (row) => <Percent share={row.share} /> },
    { key: "refreshed_at", title: t("freshness"), moment: (row) => row.refreshed_at, render: (row) => <Time value={row.refreshed_at} relative /> },
    {
      key: "used_by", title: t("usedBy"), text: (row) => row.used_by.map((use) => use.name).join("、"),
      render: (row) => <UsedBy audience={row} />,
    },
    { key: "version", title: t("version"), align: "end", text: (row) => row.version, hidden: true },
  ];
}

export function UsedBy({ audience }: { audience: Audience }) {
  const t = useT(audienceWords);
  const uses = audience.used_by;
  if (uses.length === 0) return <span className="muted">{t("nowhere")}</span>;
  const base: Record<string, string> = { journey: "/journeys", audience: "/audiences" };
  const kinds: Record<string, string> = { journey: t("usedJourney"), audience: t("usedAudience") };
  return (
    <span className="audience-uses">
      {uses.map((use) => {
        const to = base[use.kind];
        const name = <>{kinds[use.kind] ? <span className="muted">{kinds[use.kind]} </span> : null}{use.name}</>;
        return to ? <Link key={`${use.kind}:${use.id}`} to={`${to}/${String(use.id)}`}>{name}</Link> : <span key={`${use.kind}:${use.id}`}>{name}</span>;
      })}
    </span>
  );
}

export default function AudienceList() {
  const t = useT(audienceWords);
  const can = useCan();
  const query = useAudiences();
  const columns = useColumns();
  const [text, setText] = useState("");
  const all = query.data?.items;
  const needle = text.trim().toLowerCase();
  const rows = all?.filter((row) => !needle || row.label.toLowerCase().includes(needle) || row.name.toLowerCase().includes(needle));
  const create = can("audiences.write") ? <Link to="/audiences/new"><Button type="primary" icon={<PlusOutlined aria-hidden />}>{t("create")}</Button></Link> : null;
  return (
    <Page title={t("title")} lead={t("lead")} actions={create}>
      <DataTable
        id="audiences" label={t("title")} columns={columns} rows={rows} rowKey={(row) => String(row.id)} loading={query.isFetching} error={query.error}
        onRetry={() => void query.refetch()} search={{ value: text, onChange: setText, placeholder: t("searchHint") }} href={(row) => `/audiences/${String(row.id)}`}
        {...(rows ? { total: rows.length } : {})} empty={<EmptyState title={t("emptyTitle")} hint={t("emptyHint")} actions={create} />}
      />
    </Page>
  );
}
