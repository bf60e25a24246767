import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { api, ok, useCan } from "@/api";
import type { Schemas } from "@/api";
import { DataTable, EmptyState, StateTag, Time, useCodes, useConfirm, useLabel, useT } from "@/ui";
import { platformWords } from "./words";

type Part = Schemas["PartOut"];
type Item = Schemas["QuarantinedOut"];
type State = Item["state"];

const QUARANTINE = ["quarantine"];
const REFRESH_MS = 15_000;

function Parts() {
  const t = useT(platformWords);
  const label = useLabel();
  const query = useQuery({ queryKey: ["operation-parts"], queryFn: () => ok(api.GET("/api/v1/operation/parts")), refetchInterval: REFRESH_MS });
  const condition = (part: Part): string => (part.failing_since ? t("failing", { error: part.error ?? "" }) : t("well"));
  return (
    <DataTable<Part>
      id="operation-parts"
      label={t("parts")}
      rows={query.data?.items}
      rowKey={(part) => part.part}
      loading={query.isFetching}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={<EmptyState title={t("noParts")} />}
      columns={[
        { key: "part", title: t("part"), text: (part) => label("worker_part", part.part) },
        { key: "condition", title: t("condition"), text: condition, render: (part) => <StateTag tone={part.failing_since ? "bad" : "good"}>{condition(part)}</StateTag> },
        { key: "since", title: t("failingSince"), text: (part) => part.failing_since ?? "", render: (part) => <Time value={part.failing_since} style="second" /> },
        { key: "success", title: t("lastSuccess"), moment: (part) => part.succeeded_at, momentStyle: "second" },
        { key: "failure", title: t("lastFailure"), moment: (part) => part.failed_at, momentStyle: "second" },
      ]}
    />
  );
}

function Acts({ item }: { item: Item }) {
  const t = useT(platformWords);
  const cache = useQueryClient();
  const confirm = useConfirm();
  const decide = (verb: "retry" | "dismiss") => {
    confirm({
      title: t(verb === "retry" ? "retryTitle" : "dismissTitle", { key: item.item_key }),
      body: t(verb === "retry" ? "retryBody" : "dismissBody"),
      act: t(verb),
      run: async () => {
        const body = { ids: [item.id] };
        await ok(verb === "retry" ? api.POST("/api/v1/operation/quarantine/retry", { body }) : api.POST("/api/v1/operation/quarantine/dismiss", { body }));
        await cache.invalidateQueries({ queryKey: QUARANTINE });
      },
    });
  };
  return (
    <>
      {item.retryable && item.state !== "retrying" ? <Button type="link" size="small" onClick={() => decide("retry")}>{t("retry")}</Button> : null}
      {item.state === "waiting" ? <Button type="link" size="small" onClick={() => decide("dismiss")}>{t("dismiss")}</Button> : null}
    </>
  );
}

function Quarantine() {
  const t = useT(platformWords);
  const label = useLabel();
  const can = useCan();
  const states = useCodes("quarantine_state");
  const [state, setState] = useState<State | "">("");
  const query = useInfiniteQuery({
    queryKey: [...QUARANTINE, state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => ok(api.GET("/api/v1/operation/quarantine", { params: { query: { limit: 50, ...(pageParam ? { before: pageParam } : {}), ...(state ? { state } : {}) } } })),
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: REFRESH_MS,
  });
  const source = (item: Item): string => `${label("quarantine_source", item.source)} · ${item.source === "fact" ? label("worker_part", `reader:${item.reader}`) : item.reader}`;
  return (
    <DataTable<Item>
      id="quarantine"
      label={t("quarantine")}
      rows={query.data?.pages.flatMap((page) => page.items)}
      rowKey={(item) => String(item.id)}
      loading={query.isFetching}
      error={query.error}
      onRetry={() => void query.refetch()}
      filters={
        <Select<State | "">
          value={state}
          aria-label={t("condition")}
          popupMatchSelectWidth={false}
          onChange={setState}
          options={[{ value: "", label: t("anyQuarantineState") }, ...states.map((value) => ({ value: value as State, label: label("quarantine_state", value) }))]}
        />
      }
      empty={<EmptyState title={t("noQuarantine")} hint={t("noQuarantineHint")} />}
      total={query.data?.pages[0]?.total ?? 0}
      more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage() }}
      columns={[
        { key: "source", title: t("quarantineSource"), text: source },
        { key: "item", title: t("quarantineItem"), text: (item) => item.item_key },
        { key: "reason", title: t("quarantineReason"), text: (item) => `${label("quarantine_reason", item.reason)} (${item.error})` },
        { key: "state", title: t("condition"), text: (item) => label("quarantine_state", item.state) },
        { key: "tries", title: t("quarantineTries"), align: "end", text: (item) => String(item.tries) },
        { key: "at", title: t("quarantineAt"), moment: (item) => item.last_at, momentStyle: "second" },
        ...(can("operation.manage") ? [{ key: "acts", title: t("actions"), align: "end" as const, render: (item: Item) => <Acts item={item} /> }] : []),
      ]}
    />
  );
}

/** How the house runs: the parts of the worker, and what was set aside so that the rest could go on. */
export default function Operation() {
  return (
    <>
      <Parts />
      <Quarantine />
    </>
  );
}
