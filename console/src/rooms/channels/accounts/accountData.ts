import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { Schemas } from "@/api";

export type ChannelAccount = Schemas["AccountOut"];
export type AccountKind = Schemas["AccountKindOut"];
export type AccountIn = Schemas["AccountIn"];

const ACCOUNTS = ["channel-accounts"];

export function useAccounts() {
  return useQuery({ queryKey: ACCOUNTS, queryFn: () => ok(api.GET("/api/v1/channel-accounts")) });
}

/** The acts on accounts; each brings the list up to date. */
export function useAccountActs() {
  const cache = useQueryClient();
  const onSettled = () => cache.invalidateQueries({ queryKey: ACCOUNTS });
  const of = (id: number) => ({ params: { path: { account_id: id } } });
  return {
    connect: useMutation({ mutationFn: (body: AccountIn) => ok(api.POST("/api/v1/channel-accounts", { body })), onSettled }),
    change: useMutation({ mutationFn: ({ id, body }: { id: number; body: Schemas["AccountChange"] }) => ok(api.PATCH("/api/v1/channel-accounts/{account_id}", { ...of(id), body })), onSettled }),
    check: useMutation({ mutationFn: (id: number) => ok(api.POST("/api/v1/channel-accounts/{account_id}/check", of(id))), onSettled }),
    sync: useMutation({ mutationFn: (id: number) => ok(api.POST("/api/v1/channel-accounts/{account_id}/sync", of(id))), onSettled }),
    drop: useMutation({ mutationFn: (id: number) => ok(api.DELETE("/api/v1/channel-accounts/{account_id}", of(id))), onSettled }),
  };
}
