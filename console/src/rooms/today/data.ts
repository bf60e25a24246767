import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { AnswerOf } from "@/api";

export type Today = AnswerOf<"/api/v1/today">;
export type Health = Today["health"];
export type Level = Health["level"];
export type Flow = Today["flows"][number];
export type AreaName = Flow["key"];
export type Work = Today["needs"][number];

export function useToday() {
  return useQuery({ queryKey: ["today"], queryFn: () => ok(api.GET("/api/v1/today")), refetchInterval: 60_000 });
}
