import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { Schemas } from "@/api";

export type Order = Schemas["OrderOut"];

const PAGE = 50;

export function useOrders(memberId: number) {
  return useInfiniteQuery({
    queryKey: ["members", memberId, "orders"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => ok(api.GET("/api/v1/orders", { params: { query: { member_id: memberId, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export const useOrder = (id: number) => useQuery({ queryKey: ["orders", id], queryFn: () => ok(api.GET("/api/v1/orders/{order_id}", { params: { path: { order_id: id } } })) });

/** What the member is worth, over all orders: the server adds up, by the metrics that reports show. */
export const useValue = (memberId: number) => useQuery({ queryKey: ["members", memberId, "value"], queryFn: () => ok(api.GET("/api/v1/members/{member_id}/value", { params: { path: { member_id: memberId } } })) });
