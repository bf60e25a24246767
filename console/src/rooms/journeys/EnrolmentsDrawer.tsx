import { useInfiniteQuery } from "@tanstack/react-query";
import { Drawer, Select } from "antd";
import { useState } from "react";
import { api, everyRow, filled, ok, type QueryOf } from "@/api";
import { DataTable, EmptyState, StateTag, useCodes, useLabel, useT, type Column, type Tone } from "@/ui";
import { MemberChip } from "@/rooms/contacts/MemberChip";
import { journeyKey, type Enrolment, type JourneyDetail } from "./data";
import type { Graph } from "./graph";
import { stepName, type Describer } from "./describe";
import { runWords } from "./words";

interface Props {
  journey: JourneyDetail;
  /** The step whose people are listed; null closes the list. */
  node: string | null;
  graph: Graph;
  describer: Describer;
  onClose: () => void;
}

type Filters = QueryOf<"/api/v1/journeys/{journey_id}/enrolments">;

const TONES: Partial<Record<string, Tone>> = { active: "busy", finished: "good", exited: "quiet" };

/** Who stands, or stood last, at one step. */
export function EnrolmentsDrawer({ journey, node, graph, describer, onClose }: Props) {
  const t = useT(runWords);
  const label = useLabel();
  const states = useCodes("enrolment_state");
  const [state, setState] = useState<NonNullable<Filters["state"]>>("active");
  const page = (cursor: string | null | undefined, limit: number) =>
    ok(api.GET("/api/v1/journeys/{journey_id}/enrolments", { params: { path: { journey_id: journey.id }, query: filled<Filters>({ node, state, cursor, limit }) } }));
  const query = useInfiniteQuery({
    queryKey: [...journeyKey(journey.id), "enrolments", node, state],
    queryFn: ({ pageParam }) => page(pageParam, 50),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    enabled: node !== null,
  });
  const rows = query.data?.pages.flatMap((page) => page.items);
  const total = query.data?.pages[0]?.total;
  const columns: Column<Enrolment>[] = [
    { key: "member", title: t("member"), card: "head", text: (row) => row.member_name ?? String(row.member_id), render: (row) => <MemberChip id={row.member_id} name={row.member_name} /> },
    { key: "state", title: t("state"), text: (row) => label("enrolment_state", row.state), render: (row) => <StateTag tone={TONES[row.state] ?? "quiet"}>{label("enrolment_state", row.state)}</StateTag> },
    { key: "entered", title: t("enteredAt"), moment: (row) => row.entered_at },
    { key: "due", title: t("dueAt"), moment: (row) => row.due_at },
  ];
  const title = node && graph.nodes[node] ? t("insideAt", { step: stepName(node, describer) }) : t("inside");
  return (
    <Drawer open={node !== null} size={720} title={title} onClose={onClose} destroyOnHidden>
      <DataTable
        id="enrolments" label={t("inside")} columns={columns} rows={rows} rowKey={(row) => String(row.id)} loading={query.isFetching} error={query.error} onRetry={() => void query.refetch()} {...(total === undefined ? {} : { total })}
        more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage(), every: () => everyRow(page) }}
        filters={<Select aria-label={t("state")} value={state} popupMatchSelectWidth={false} onChange={setState} options={[...states.map((value) => ({ value, label: label("enrolment_state", value) })), { value: "", label: t("anyState") }]} />}
        empty={<EmptyState title={t("nobody")} hint={t("nobodyHint")} />}
      />
    </Drawer>
  );
}
