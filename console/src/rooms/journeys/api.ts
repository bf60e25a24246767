import { useQuery, type QueryClient } from "@tanstack/react-query";
import { get, post, put, type FieldFault, type Listed } from "@/api";
import type { Both } from "@/ui";
import type { Graph } from "./graph";
import { closeEnds } from "./openEnds";

export type JourneyState = "draft" | "live" | "paused" | "ended";

export interface Journey {
  id: string | number;
  name: string;
  state: JourneyState;
  version: number | null;
  created_by?: string;
  created_at?: string;
  changed_at?: string;
  active?: number | null;
  entered?: number | null;
  finished?: number | null;
  goals?: number | null;
}

export interface JourneyDetail extends Journey {
  draft: Graph;
}

export interface JourneyVersion {
  version: number;
  graph: Graph;
  published_by?: string;
  published_at: string;
  active?: number | null;
}

export interface StepCounts {
  waiting: number;
  passed: number;
  left?: number;
  exits: Record<string, number>;
  /** What became of the messages of a send step. */
  messages?: { queued: number; sending: number; sent: number; delivered: number; failed: number; in_doubt: number; withheld: Record<string, number> } | null;
}

export interface JourneyCounts {
  version: number | null;
  nodes: Record<string, StepCounts>;
  entered?: number;
  active?: number;
  finished?: number;
  exited?: number;
  goal?: number;
}

export interface Kit {
  name: string;
  title: Both;
  about?: Both;
  needs?: string[];
  graph?: Graph;
}

export interface Enrolment {
  id: string | number;
  member_id: string | number;
  member_name?: string | null;
  version: number;
  entry: number;
  state: string;
  node: string | null;
  entered_at: string;
  arrived_at?: string | null;
  due_at?: string | null;
  ended_at?: string | null;
  ended_why?: string | null;
}

export interface CheckResult {
  errors: FieldFault[];
  /** Members who would enter at once. */
  touched?: number | null;
}

/** One simulated moment of a dry run. */
export interface Moment {
  at: string;
  node: string | null;
  what: Both;
  exit?: string | null;
  message?: { channel?: string; text: string; state?: string; reason?: string | null; due_at?: string | null } | null;
}

export interface DryRun {
  moments: Moment[];
  outcome?: Both | null;
}

export interface AssumedFact {
  fact: string;
  at: string;
  props?: Record<string, unknown>;
}

export const JOURNEYS = ["journeys"] as const;
const REFRESH_MS = 15_000;

export const journeyKey = (id: string): readonly unknown[] => [...JOURNEYS, id];

export function useJourneys() {
  return useQuery({ queryKey: JOURNEYS, queryFn: () => get<Listed<Journey>>("/journeys", { query: { limit: 200 } }) });
}

export function useJourney(id: string) {
  return useQuery({ queryKey: journeyKey(id), queryFn: () => get<JourneyDetail>(`/journeys/${id}`) });
}

export function useVersions(id: string, enabled = true) {
  return useQuery({ queryKey: [...journeyKey(id), "versions"], queryFn: () => get<Listed<JourneyVersion>>(`/journeys/${id}/versions`), enabled });
}

export function useCounts(id: string, version: number | null) {
  return useQuery({
    queryKey: [...journeyKey(id), "counts", version],
    queryFn: () => get<JourneyCounts>(`/journeys/${id}/counts`, { query: { version } }),
    enabled: version !== null,
    refetchInterval: REFRESH_MS,
  });
}

export function useKits(enabled = true) {
  return useQuery({ queryKey: ["journey-kits"], queryFn: () => get<Listed<Kit>>("/journey-kits"), enabled, staleTime: 300_000 });
}

export function saveDraft(id: string, body: { name: string; graph: Graph }): Promise<JourneyDetail> {
  return put<JourneyDetail>(`/journeys/${id}`, { body: { name: body.name, draft: closeEnds(body.graph) } });
}

export function check(id: string): Promise<CheckResult> {
  return post<CheckResult>(`/journeys/${id}/check`);
}

export async function refresh(cache: QueryClient): Promise<void> {
  await cache.invalidateQueries({ queryKey: JOURNEYS });
}
