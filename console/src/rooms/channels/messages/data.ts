import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, everyRow, filled, ok, useCan } from "@/api";
import type { AnswerOf, BodyOf, ItemOf, QueryOf } from "@/api";

export type Message = ItemOf<"/api/v1/messages">;
export type MessageState = Message["state"];
export type Summary = AnswerOf<"/api/v1/messages/summary">;
export type Quota = ItemOf<"/api/v1/channel-quotas">["quotas"][number];
export type Cancelling = BodyOf<"/api/v1/messages/cancel", "post">;
export type Filters = QueryOf<"/api/v1/messages">;

export const MESSAGES = ["messages"] as const;

const page = (filters: Filters, before: string | null | undefined, limit: number, signal?: AbortSignal) =>
  ok(api.GET("/api/v1/messages", { params: { query: filled<Filters>({ ...filters, before, limit }) }, ...(signal ? { signal } : {}) }));

export const everyMessage = (filters: Filters): Promise<Message[]> => everyRow((before, limit) => page(filters, before, limit));

export function useMessages(filters: Filters) {
  return useInfiniteQuery({
    queryKey: [...MESSAGES, filters],
    queryFn: ({ pageParam, signal }) => page(filters, pageParam, 50, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });
}

export function useSummary(filters: QueryOf<"/api/v1/messages/summary">) {
  return useQuery({ queryKey: [...MESSAGES, "summary", filters], queryFn: ({ signal }) => ok(api.GET("/api/v1/messages/summary", { params: { query: filters }, signal })) });
}

export function useQuotas(enabled: boolean) {
  return useQuery({ queryKey: ["channel-quotas"], queryFn: () => ok(api.GET("/api/v1/channel-quotas")), staleTime: 60_000, enabled });
}

export function useJourneyNames() {
  const enabled = useCan()("journeys.read");
  return useQuery({ queryKey: ["journey-names"], enabled, queryFn: () => ok(api.GET("/api/v1/journeys", { params: { query: { limit: 200 } } })), staleTime: 60_000 });
}
