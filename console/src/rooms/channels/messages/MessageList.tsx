import { Button, Select } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { filled, type QueryOf, useCan } from "@/api";
import { DataTable, EmptyState, ErrorState, Loading, Page, SavedViews, useCodes, useLabel, useT, type Column } from "@/ui";
import { MemberChip, memberName } from "@/rooms/contacts/MemberChip";
import { MemberPicker, type PickedMember } from "@/rooms/contacts/MemberPicker";
import { CancelMatching } from "./CancelMatching";
import { everyMessage, useJourneyNames, useMessages, useSummary, type Cancelling, type Message, type MessageState } from "./data";
import { MessageDrawer } from "./MessageDrawer";
import { MessageSource, MessageStateTag } from "./MessageState";
import { Quotas } from "./Quotas";
import { SummaryStrip } from "./SummaryStrip";
import { channelWords } from "./words";
import "./messages.css";

const CANCELLABLE: ReadonlySet<string> = new Set(["", "queued", "held"]);
const TEXT_CHARS = 40;
const DAY_MS = 86_400_000;
const PERIODS: [string, "allTime" | "today" | "last7" | "last30", number][] = [
  ["", "allTime", 0],
  ["1", "today", 1],
  ["7", "last7", 7],
  ["30", "last30", 30],
];

/** The filters as the address carries them, so that a filtered list can be linked and saved. */
function useFilters() {
  const [params, setParams] = useSearchParams();
  const set = (changes: Record<string, string | undefined>): void => {
    setParams((old) => {
      const next = new URLSearchParams(old);
      for (const [key, value] of Object.entries(changes)) if (value) next.set(key, value); else next.delete(key);
      return next;
    }, { replace: true });
  };
  return { params, set, setParams };
}

export default function MessageList() {
  const t = useT(channelWords);
  const label = useLabel();
  const states = useCodes("message_state");
  const reasons = useCodes("message_reason");
  const { params, set, setParams } = useFilters();
  const [open, setOpen] = useState<Message | null>(null);
  const [member, setMember] = useState<PickedMember | null>(() => (params.get("member_id") ? { id: params.get("member_id") ?? "", name: `#${params.get("member_id") ?? ""}` } : null));
  const days = Number(params.get("days") ?? 0);
  const [opened] = useState(() => Date.now());
  const since = days ? new Date(opened - days * DAY_MS).toISOString() : undefined;
  const number = (key: string): number | undefined => (params.get(key) ? Number(params.get(key)) : undefined);
  const search = params.get("search") ?? "";
  const scope = filled<QueryOf<"/api/v1/messages/summary">>({ member_id: number("member_id"), journey_id: number("journey_id"), since, search });
  const criteria = filled<QueryOf<"/api/v1/messages">>({ ...scope, state: params.get("state") as MessageState | null, reason: params.get("reason") });
  const query = useMessages(criteria);
  const summary = useSummary(scope);
  const can = useCan();
  const journeys = useJourneyNames().data?.items ?? [];
  const names = new Map(journeys.map((journey) => [String(journey.id), journey.name]));
  const rows = query.data?.pages.flatMap((page) => page.items);
  const total = query.data?.pages[0]?.total;
  const filtered = ["state", "reason", "member_id", "journey_id", "days", "search"].some((key) => params.get(key));
  const columns: Column<Message>[] = [
    { key: "member", title: t("member"), card: "head", text: (row) => memberName(row.member_id, row.member_name), render: (row) => <MemberChip id={row.member_id} name={row.member_name} /> },
    {
      key: "state", title: t("state"), text: (row) => [label("message_state", row.state), label("message_reason", row.reason)].filter(Boolean).join("："),
      render: (row) => <div><MessageStateTag state={row.state} />{row.reason ? <div className="message-reason">{label("message_reason", row.reason)}</div> : null}</div>,
    },
    { key: "text", title: t("text"), text: (row) => row.text, render: (row) => (row.text ? <span>{row.text.length > TEXT_CHARS ? `${row.text.slice(0, TEXT_CHARS)}…` : row.text}</span> : <span className="muted">—</span>) },
    { key: "source", title: t("source"), text: (row) => names.get(row.source.replace("journey:", "")) ?? label("source", row.source), render: (row) => <MessageSource message={row} names={names} /> },
    { key: "channel", title: t("channel"), text: (row) => label("channel", row.channel) },
    { key: "planned_at", title: t("when"), moment: (row) => row.planned_at },
    { key: "open", title: t("actions"), render: (row) => <Button size="small" onClick={() => { setOpen(row); }}>{t("open")}</Button> },
  ];
  const filters = (
    <>
      <Select aria-label={t("state")} value={params.get("state") ?? ""} popupMatchSelectWidth={false} onChange={(state: string) => { set({ state, reason: undefined }); }} options={[{ value: "", label: t("anyState") }, ...states.map((state) => ({ value: state, label: label("message_state", state) }))]} />
      <Select aria-label={t("reason")} value={params.get("reason") ?? ""} popupMatchSelectWidth={false} onChange={(reason: string) => { set({ reason }); }} options={[{ value: "", label: t("anyReason") }, ...reasons.map((reason) => ({ value: reason, label: label("message_reason", reason) }))]} />
      {can("journeys.read") ? <Select aria-label={t("source")} value={params.get("journey_id") ?? ""} popupMatchSelectWidth={false} onChange={(id: string) => { set({ journey_id: id }); }} options={[{ value: "", label: t("anyJourney") }, ...journeys.map((journey) => ({ value: String(journey.id), label: journey.name }))]} /> : null}
      <Select aria-label={t("period")} value={params.get("days") ?? ""} popupMatchSelectWidth={false} onChange={(value: string) => { set({ days: value }); }} options={PERIODS.map(([value, key]) => ({ value, label: t(key) }))} />
      <div className="message-member"><MemberPicker label={t("memberFilter")} value={member} onChange={(picked) => { setMember(picked); set({ member_id: picked?.id }); }} /></div>
      {filtered ? <Button type="link" onClick={() => { setMember(null); setParams({}, { replace: true }); }}>{t("clear")}</Button> : null}
    </>
  );
  return (
    <Page title={t("title")} lead={t("lead")}>
      <div className="stack">
        {summary.data ? <SummaryStrip summary={summary.data} onPick={(picked) => { set({ state: picked.state, reason: picked.reason }); }} /> : summary.error ? <section className="panel"><ErrorState error={summary.error} /></section> : <section className="panel"><Loading rows={2} /></section>}
        <DataTable
          id="messages" label={t("title")} columns={columns} rows={rows} rowKey={(row) => String(row.id)} loading={query.isFetching} error={query.error} onRetry={() => void query.refetch()} filters={filters}
          tools={<>{summary.data && CANCELLABLE.has(params.get("state") ?? "") ? <CancelMatching summary={summary.data} criteria={filled<Cancelling>({ ...scope, state: params.get("state") as Cancelling["state"], reason: params.get("reason") })} /> : null}<SavedViews id="messages" search={params.toString()} onPick={(search) => { setParams(new URLSearchParams(search), { replace: true }); }} /></>}
          {...(total === undefined ? {} : { total })} more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage(), every: () => everyMessage(criteria) }}
          search={{ value: search, onChange: (value) => { set({ search: value }); }, placeholder: t("searchMessages") }}
          empty={filtered ? <EmptyState title={t("nothingFound")} hint={t("nothingFoundHint")} /> : <EmptyState title={t("emptyTitle")} hint={t("emptyHint")} />}
        />
        <Quotas />
      </div>
      <MessageDrawer message={open} names={names} onClose={() => { setOpen(null); }} />
    </Page>
  );
}
