import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { Schemas } from "@/api";

export type Order = Schemas["OrderOut"];

/** Orders on one page: enough to sum up nearly everybody without a second question. */
const PAGE = 200;

export function useOrders(memberId: number) {
  return useInfiniteQuery({
    queryKey: ["members", memberId, "orders"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => ok(api.GET("/api/v1/orders", { params: { query: { member_id: memberId, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export const useOrder = (id: number) => useQuery({ queryKey: ["orders", id], queryFn: () => ok(api.GET("/api/v1/orders/{order_id}", { params: { path: { order_id: id } } })) });

export interface Value {
  orders: number;
  /** Paid less refunded, in fen, over `summed` orders. */
  fen: number;
  summed: number;
  last: string | null;
}

/** What the orders at hand come to. `summed` is below `orders` when the member has more than were asked for. */
export function valueOf(rows: Order[], total: number): Value {
  return { orders: total, fen: rows.reduce((sum, row) => sum + row.amount - row.refunded, 0), summed: rows.length, last: rows[0]?.paid_at ?? null };
}
