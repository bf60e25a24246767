import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get, type Listed, type Query } from "@/api";
import type { Both } from "@/ui";

export type MessageState = "withheld" | "queued" | "sending" | "sent" | "delivered" | "failed" | "in_doubt";

export const STATES: readonly MessageState[] = ["delivered", "sent", "sending", "queued", "withheld", "failed", "in_doubt"];

export interface Message {
  id: number;
  member_id: number;
  member_name: string;
  channel: string;
  purpose: string;
  source: string;
  template_name: string | null;
  state: MessageState;
  reason: string | null;
  reason_zh: string | null;
  reason_en: string | null;
  /** What the platform said. */
  detail: string | null;
  staff: string | null;
  text: string | null;
  planned_at: string;
  due_at: string;
  changed_at: string;
}

export interface Summary {
  states: { state: MessageState; zh: string; en: string; count: number }[];
  reasons: { state: MessageState; reason: string; zh: string; en: string; count: number }[];
  total: number;
}

export interface Quota extends Both {
  name: string;
  limit: number;
  /** Null where it is not counted. */
  used: number | null;
  unit: string;
}

export interface AccountQuotas {
  account_id: number;
  name: string;
  channel: string;
  quotas: Quota[];
}

export const MESSAGES = ["messages"] as const;

export function useMessages(filters: Query) {
  return useInfiniteQuery({
    queryKey: [...MESSAGES, filters],
    queryFn: ({ pageParam, signal }) => get<Listed<Message>>("/messages", { query: { ...filters, before: pageParam, limit: 50 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

export function useSummary(filters: Query) {
  return useQuery({ queryKey: [...MESSAGES, "summary", filters], queryFn: ({ signal }) => get<Summary>("/messages/summary", { query: filters, signal }) });
}

export function useQuotas(enabled: boolean) {
  return useQuery({ queryKey: ["channel-quotas"], queryFn: () => get<{ items: AccountQuotas[] }>("/channel-quotas"), staleTime: 60_000, enabled });
}

export function useJourneyNames() {
  return useQuery({ queryKey: ["journey-names"], queryFn: () => get<Listed<{ id: string | number; name: string }>>("/journeys", { query: { limit: 200 } }), staleTime: 60_000 });
}
