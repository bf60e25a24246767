import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useCan } from "@/api";
import { DataTable, EmptyState, Num, Page, StateTag, Time, useLabel, useT, type Column, type Tone } from "@/ui";
import { useJourneys, type Journey, type JourneyState } from "./data";
import { journeyWords } from "./words";
import "./journeys.css";

const TONES: Record<JourneyState, Tone> = { draft: "quiet", live: "good", paused: "warn", ended: "quiet" };

export function JourneyStateTag({ state }: { state: JourneyState }) {
  const label = useLabel();
  return <StateTag tone={TONES[state]}>{label("journey_state", state)}</StateTag>;
}

export default function JourneyList() {
  const t = useT(journeyWords);
  const label = useLabel();
  const can = useCan();
  const query = useJourneys();
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const rows = query.data?.items.filter((row) => !needle || row.name.toLowerCase().includes(needle));
  const columns: Column<Journey>[] = [
    { key: "name", title: t("name"), card: "head", text: (row) => row.name, render: (row) => <Link className="strong" to={`/journeys/${String(row.id)}`}>{row.name}</Link> },
    { key: "state", title: t("state"), text: (row) => label("journey_state", row.state), render: (row) => <JourneyStateTag state={row.state} /> },
    { key: "version", title: t("version"), text: (row) => row.version, render: (row) => (row.version === null ? <span className="muted">{t("notPublished")}</span> : t("versionN", { n: row.version })) },
    { key: "active", title: label("enrolment_state", "active"), align: "end", text: (row) => row.active, render: (row) => <Num value={row.active} short /> },
    { key: "entered", title: t("entered"), align: "end", text: (row) => row.entered, render: (row) => <Num value={row.entered} short /> },
    { key: "goals", title: t("goals"), align: "end", text: (row) => row.goals, render: (row) => <Num value={row.goals} short /> },
    { key: "goal_fen", title: label("metric", "goal_fen"), align: "end", hidden: true, fen: (row) => row.goal_fen },
    { key: "awaiting", title: label("enrolment_state", "awaiting"), align: "end", hidden: true, text: (row) => row.awaiting },
    { key: "finished", title: label("enrolment_state", "finished"), align: "end", hidden: true, text: (row) => row.finished },
    { key: "changed_at", title: t("changedAt"), moment: (row) => row.changed_at, render: (row) => <Time value={row.changed_at} relative /> },
  ];
  const create = can("journeys.write") ? <Link to="/journeys/new"><Button type="primary" icon={<PlusOutlined aria-hidden />}>{t("create")}</Button></Link> : null;
  return (
    <Page title={t("title")} lead={t("lead")} actions={create}>
      <DataTable
        id="journeys" label={t("title")} columns={columns} rows={rows} rowKey={(row) => String(row.id)} loading={query.isFetching} error={query.error} onRetry={() => void query.refetch()}
        search={{ value: text, onChange: setText, placeholder: t("searchHint") }} href={(row) => `/journeys/${String(row.id)}`} {...(rows ? { total: rows.length } : {})}
        empty={<EmptyState title={t("emptyTitle")} hint={t("emptyHint")} actions={create} />}
      />
    </Page>
  );
}
