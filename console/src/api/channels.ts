import { useQuery } from "@tanstack/react-query";
import { api, ok } from "./typed";
import type { Schemas } from "./typed";

export type Channel = Schemas["ChannelOut"];

const NONE: Channel[] = [];

/** The channels there are, as the server lists them. */
export function useChannels(): Channel[] {
  const { data } = useQuery({ queryKey: ["channels"], staleTime: Infinity, queryFn: () => ok(api.GET("/api/v1/channels")) });
  return data?.items ?? NONE;
}
