import { useQuery } from "@tanstack/react-query";
import { get } from "@/api";
import type { Both } from "@/ui";

export type AreaName = "acquisition" | "activity" | "retention" | "conversion" | "fission" | "calm";
export type Level = "good" | "watch" | "bad" | "unknown";

export interface Area {
  key: AreaName;
  /** 0 to 100 of its usual level; null where there is too little data. */
  score: number | null;
  level: Level;
  cause: Both;
}

export interface Health {
  level: Level;
  area: AreaName | null;
  /** What is the matter, why, and what to do next. */
  sentence: Both;
  areas: Area[];
}

/** One of the five flows: yesterday, the mean of seven full days, the last fourteen. Null: nothing is recorded of it. */
export interface Flow {
  key: AreaName;
  label: Both;
  metric: string | null;
  yesterday: number | null;
  mean: number | null;
  spark: number[];
}

export interface Work {
  kind: "import" | "journey" | "messages_in_doubt" | "messages_failed" | "account_trouble";
  id: number | null;
  text: Both;
  done: number | null;
  total: number | null;
}

export interface Today {
  as_of: string;
  empty: boolean;
  members: number;
  reachable: number;
  health: Health;
  flows: Flow[];
  needs: Work[];
  running: Work[];
  start: { key: "import" | "connect" | "journey"; done: boolean; label: Both }[];
}

export function useToday() {
  return useQuery({ queryKey: ["today"], queryFn: () => get<Today>("/today"), refetchInterval: 60_000 });
}

interface Metric {
  name: string;
  label: Both;
  definition: Both;
}

export function useMetrics() {
  return useQuery({ queryKey: ["metric-dictionary"], queryFn: () => get<{ items: Metric[] }>("/metric-dictionary"), staleTime: 300_000 });
}
