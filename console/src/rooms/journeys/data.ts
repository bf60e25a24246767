import { useQuery, type QueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { AnswerOf, BodyOf, ItemOf } from "@/api";
import type { Graph, StepKinds } from "./graph";
import { closeEnds } from "./openEnds";

export type Journey = ItemOf<"/api/v1/journeys">;
export type JourneyState = Journey["state"];
export type StepCounts = JourneyCounts["nodes"][string];
export type JourneyCounts = AnswerOf<"/api/v1/journeys/{journey_id}/counts">;
export type Enrolment = ItemOf<"/api/v1/journeys/{journey_id}/enrolments">;
export type JourneyTemplate = ItemOf<"/api/v1/journey-kits">;
export type DryRun = AnswerOf<"/api/v1/journeys/{journey_id}/dry-run", "post">;

/** One simulated moment of a dry run. */
export type Moment = DryRun["moments"][number];
export type AssumedFact = BodyOf<"/api/v1/journeys/{journey_id}/dry-run", "post">["facts"][number];

/** A journey with its draft; the server's description leaves the graph open, `graph.ts` says how it is built. */
export type JourneyDetail = Omit<Detail, "draft"> & { draft: Graph };
export type JourneyVersion = Omit<ItemOf<"/api/v1/journeys/{journey_id}/versions">, "graph"> & { graph: Graph };

type Detail = AnswerOf<"/api/v1/journeys/{journey_id}">;

/** The server has checked its graphs; their description is the schema of the journey language, not that of the API. */
const graphOf = (graph: Record<string, unknown>): Graph => graph as unknown as Graph;
const detailOf = (answer: Detail): JourneyDetail => ({ ...answer, draft: graphOf(answer.draft) });

export const JOURNEYS = ["journeys"] as const;
const REFRESH_MS = 15_000;

export const journeyKey = (id: number): readonly unknown[] => [...JOURNEYS, id];

/** The address of one journey. */
export const at = (id: number) => ({ params: { path: { journey_id: id } } });

export function useJourneys() {
  return useQuery({ queryKey: JOURNEYS, queryFn: () => ok(api.GET("/api/v1/journeys", { params: { query: { limit: 200 } } })) });
}

export function useJourney(id: number) {
  return useQuery({ queryKey: journeyKey(id), queryFn: async () => detailOf(await ok(api.GET("/api/v1/journeys/{journey_id}", at(id)))) });
}

export function useVersions(id: number, enabled = true) {
  return useQuery({
    queryKey: [...journeyKey(id), "versions"],
    queryFn: async () => (await ok(api.GET("/api/v1/journeys/{journey_id}/versions", at(id)))).items.map((version): JourneyVersion => ({ ...version, graph: graphOf(version.graph) })),
    enabled,
  });
}

/** Every difference between two versions (0: the draft as it was saved last). */
export function useDifferences(id: number, left: number, right: number, draft: Graph) {
  return useQuery({
    queryKey: [...journeyKey(id), "compare", left, right, left && right ? null : draft],
    queryFn: () => ok(api.GET("/api/v1/journeys/{journey_id}/compare", { params: { path: { journey_id: id }, query: { left, right } } })),
  });
}

export function useCounts(id: number, version: number | null) {
  return useQuery({
    queryKey: [...journeyKey(id), "counts", version],
    queryFn: () => ok(api.GET("/api/v1/journeys/{journey_id}/counts", { params: { path: { journey_id: id }, query: { version } } })),
    enabled: version !== null,
    refetchInterval: REFRESH_MS,
  });
}

export function useJourneyTemplates() {
  return useQuery({ queryKey: ["journey-templates"], queryFn: () => ok(api.GET("/api/v1/journey-kits")), staleTime: 300_000 });
}

export async function saveDraft(kinds: StepKinds, id: number, body: { name: string; graph: Graph }): Promise<JourneyDetail> {
  const draft: Record<string, unknown> = { ...closeEnds(kinds, body.graph) };
  return detailOf(await ok(api.PUT("/api/v1/journeys/{journey_id}", { ...at(id), body: { name: body.name, draft } })));
}

/** What is wrong with the draft, and how many would enter at once. */
export function check(id: number) {
  return ok(api.POST("/api/v1/journeys/{journey_id}/check", at(id)));
}

export async function refresh(cache: QueryClient): Promise<void> {
  await cache.invalidateQueries({ queryKey: JOURNEYS });
}
