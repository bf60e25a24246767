import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { del, get, patch, post } from "@/api";
import type { Listed } from "@/api";

export interface ChannelAccount {
  id: number;
  channel: string;
  name: string;
  config: Record<string, unknown>;
  callback_url?: string | null;
  checked_at: string | null;
  trouble: string | null;
}

export interface AccountIn {
  channel: string;
  name: string;
  config: Record<string, string>;
  secrets: Record<string, string>;
}

const ACCOUNTS = ["channel-accounts"];

export function useAccounts() {
  return useQuery({ queryKey: ACCOUNTS, queryFn: () => get<Listed<ChannelAccount>>("/channel-accounts") });
}

/** The acts on accounts; each brings the list up to date. */
export function useAccountActs() {
  const cache = useQueryClient();
  const onSettled = () => cache.invalidateQueries({ queryKey: ACCOUNTS });
  return {
    save: useMutation({ mutationFn: ({ id, body }: { id: number | null; body: AccountIn }) => (id === null ? post("/channel-accounts", { body }) : patch(`/channel-accounts/${String(id)}`, { body: { name: body.name, config: body.config, secrets: body.secrets } })), onSettled }),
    check: useMutation({ mutationFn: (id: number) => post<ChannelAccount>(`/channel-accounts/${String(id)}/check`), onSettled }),
    sync: useMutation({ mutationFn: (id: number) => post(`/channel-accounts/${String(id)}/sync`), onSettled }),
    drop: useMutation({ mutationFn: (id: number) => del(`/channel-accounts/${String(id)}`), onSettled }),
  };
}
