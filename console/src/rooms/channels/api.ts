import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get, type Listed, type Query } from "@/api";
import type { Both } from "@/ui";

export type MessageState = "withheld" | "queued" | "sending" | "sent" | "delivered" | "failed" | "in_doubt";

export const STATES: readonly MessageState[] = ["delivered", "sent", "sending", "queued", "withheld", "failed", "in_doubt"];

export interface Message {
  id: string | number;
  member_id: string | number;
  member_name?: string | null;
  channel: string;
  purpose?: string;
  source: string;
  journey?: { id: string | number; name: string } | null;
  template?: string | null;
  state: MessageState;
  reason: string | null;
  reason_label?: Both | null;
  staff?: string | null;
  text?: string | null;
  planned_at: string;
  due_at?: string | null;
  changed_at: string;
}

export interface Summary {
  states: Record<string, number>;
  withheld: Record<string, number>;
  failed?: Record<string, number>;
}

export interface Quota {
  account: string;
  channel: string;
  label: Both;
  used: number;
  limit: number | null;
  resets_at?: string | null;
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

export function useQuotas() {
  return useQuery({ queryKey: ["channel-quotas"], queryFn: () => get<{ items: Quota[] }>("/channel-quotas"), staleTime: 60_000 });
}

export function useJourneyNames() {
  return useQuery({ queryKey: ["journey-names"], queryFn: () => get<Listed<{ id: string | number; name: string }>>("/journeys", { query: { limit: 200 } }), staleTime: 60_000 });
}
