import { useQuery } from "@tanstack/react-query";
import { api, ok } from "./typed";
import type { AnswerOf } from "./typed";

/** What the server's codes are called, in both languages, set by set. */
export type Labels = AnswerOf<"/api/v1/labels">;
export type LabelSet = keyof Labels;

/** All labels, once a session; the frame waits for them, so pages have them at once. A browser that has them gets a 304. */
export function useLabels(enabled = true) {
  return useQuery({ queryKey: ["labels"], queryFn: () => ok(api.GET("/api/v1/labels")), staleTime: Infinity, gcTime: Infinity, enabled });
}
