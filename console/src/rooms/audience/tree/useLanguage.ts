import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";

export const LANGUAGE = ["audience-language"] as const;

/** What conditions may be built from here and now. */
export function useLanguage(enabled = true) {
  return useQuery({ queryKey: LANGUAGE, queryFn: () => ok(api.GET("/api/v1/audience-language")), staleTime: 60_000, enabled });
}
