import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useCan } from "@/api";
import { DataTable, EmptyState, Page, Time, useT, type Column } from "@/ui";
import { useTemplates, type Template } from "./data";
import { templateWords } from "./words";

const SHOWN_CHARS = 90;

export default function TemplateList() {
  const t = useT(templateWords);
  const can = useCan();
  const query = useTemplates();
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const rows = query.data?.items.filter((row) => !needle || `${row.name} ${row.body}`.toLowerCase().includes(needle));
  const columns: Column<Template>[] = [
    { key: "name", title: t("name"), card: "head", text: (row) => row.name, render: (row) => <Link className="strong" to={`/journeys/templates/${String(row.id)}`}>{row.name}</Link> },
    { key: "body", title: t("text"), text: (row) => row.body, render: (row) => <span className="muted">{row.body.length > SHOWN_CHARS ? `${row.body.slice(0, SHOWN_CHARS)}…` : row.body}</span> },
    { key: "version", title: t("version"), align: "end", text: (row) => row.version },
    { key: "changed_at", title: t("changedAt"), moment: (row) => row.changed_at, render: (row) => <Time value={row.changed_at} relative /> },
  ];
  const create = can("templates.write") ? <Link to="/journeys/templates/new"><Button type="primary" icon={<PlusOutlined aria-hidden />}>{t("create")}</Button></Link> : null;
  return (
    <Page title={t("title")} lead={t("lead")} actions={create}>
      <DataTable
        id="templates" label={t("title")} columns={columns} rows={rows} rowKey={(row) => String(row.id)} loading={query.isFetching} error={query.error} onRetry={() => void query.refetch()}
        search={{ value: text, onChange: setText, placeholder: t("searchHint") }} href={(row) => `/journeys/templates/${String(row.id)}`} {...(rows ? { total: rows.length } : {})}
        empty={<EmptyState title={t("emptyTitle")} hint={t("emptyHint")} actions={create} />}
      />
    </Page>
  );
}
