/** The kinds of steps, triggers and re-entry there are, and what a graph says, as the server words it. */
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { Graph } from "./graph";

/** What a journey can be made of; the same for everybody until the server is upgraded. */
export function useStepKinds() {
  return useQuery({ queryKey: ["journey-steps"], queryFn: () => ok(api.GET("/api/v1/journey-steps")), staleTime: Infinity });
}

/** The words of a graph; those of the graph before it stay until the new ones are there. */
export function useGraphText(graph: Graph) {
  const bare = { ...graph, layout: undefined };
  return useQuery({
    queryKey: ["journey-text", bare],
    queryFn: () => ok(api.POST("/api/v1/journey-steps/describe", { body: { graph: bare } })),
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
}
