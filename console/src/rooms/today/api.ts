import { useQuery } from "@tanstack/react-query";
import { get } from "@/api";
import type { Both } from "@/ui";

export type FlowName = "acquire" | "activate" | "retain" | "convert" | "refer";

/** One of the five flows: a figure of today beside yesterday's and the mean of the last seven days. */
export interface Flow {
  name: string;
  label: Both;
  metric: { name: string; label: Both; definition: Both } | null;
  unit: "count" | "money" | "percent" | "days";
  value: number | null;
  yesterday: number | null;
  mean: number | null;
  days: (number | null)[];
  to: string | null;
}

export interface Need {
  kind: string;
  text: Both;
  tone: "good" | "warn" | "bad" | "quiet";
  to: string | null;
}

export interface Today {
  as_of: string;
  empty: boolean;
  health: { tone: "good" | "warn" | "bad" | "quiet"; text: Both; cause: Both | null; action: { label: Both; to: string } | null };
  flows: Flow[];
  needs: Need[];
  running: Need[];
}

export function useToday() {
  return useQuery({ queryKey: ["today"], queryFn: () => get<Today>("/today"), refetchInterval: 60_000 });
}
