import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, everyRow, ok } from "@/api";
import type { Schemas } from "@/api";

export type Order = Schemas["OrderOut"];

const PAGE = 50;

const page = (memberId: number, search: string, cursor: string | undefined, limit: number) =>
  ok(api.GET("/api/v1/orders", { params: { query: { member_id: memberId, limit, ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) } } }));

export const everyOrder = (memberId: number, search: string): Promise<Order[]> => everyRow((cursor, limit) => page(memberId, search, cursor, limit));

export function useOrders(memberId: number, search: string) {
  return useInfiniteQuery({
    queryKey: ["members", memberId, "orders", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => page(memberId, search, pageParam, PAGE),
    placeholderData: keepPreviousData,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export const useOrder = (id: number) => useQuery({ queryKey: ["orders", id], queryFn: () => ok(api.GET("/api/v1/orders/{order_id}", { params: { path: { order_id: id } } })) });

/** What the member is worth, over all orders: the server adds up, by the metrics that reports show. */
export const useValue = (memberId: number) => useQuery({ queryKey: ["members", memberId, "value"], queryFn: () => ok(api.GET("/api/v1/members/{member_id}/value", { params: { path: { member_id: memberId } } })) });

/** Who of the staff the member is connected to now. */
export const useHosts = (memberId: number) => useQuery({ queryKey: ["members", memberId, "hosts"], queryFn: () => ok(api.GET("/api/v1/members/{member_id}/hosts", { params: { path: { member_id: memberId } } })) });
