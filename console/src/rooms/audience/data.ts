import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, countLines, ok, unreachable } from "@/api";
import type { AnswerOf, ItemOf } from "@/api";
import type { Tree } from "@/rooms/audience/tree";

export type Audience = ItemOf<"/api/v1/audiences">;
export type AudienceDetail = AnswerOf<"/api/v1/audiences/{audience_id}">;
export type Counted = AnswerOf<"/api/v1/audience-count", "post">;
export type AudienceMember = ItemOf<"/api/v1/audiences/{audience_id}/members">;

/** Why a member is in or out, condition by condition, and when time alone turns it. */
export type Explained = AnswerOf<"/api/v1/audience-explain", "post">;

/** A new audience is filled in the background; its page looks again this often until it has a size. */
const FIRST_COUNT_MS = 2_000;

export const AUDIENCES = ["audiences"] as const;

export function useAudiences(enabled = true) {
  return useQuery({ enabled, queryKey: AUDIENCES, queryFn: () => ok(api.GET("/api/v1/audiences", { params: { query: { limit: 200 } } })) });
}

export function useAudience(id: string | undefined) {
  return useQuery({ queryKey: [...AUDIENCES, id], queryFn: () => ok(api.GET("/api/v1/audiences/{audience_id}", { params: { path: { audience_id: Number(id) } } })), enabled: id !== undefined, refetchInterval: (query) => (query.state.data?.size === null ? FIRST_COUNT_MS : false) });
}

/** What the server says while it counts. */
export type CountLine =
  | { state: "waiting" }
  | { state: "counting"; share: number | null }
  | { state: "estimated"; count: number; low: number; high: number; total: number }
  | { state: "failed" }
  | ({ state: "counted" } & Counted);

export type Estimate = Extract<CountLine, { state: "estimated" }>;

/** How far the count of a tree is, while it is not there yet. */
export interface CountProgress {
  waiting: boolean;
  share: number | null;
  estimate: Estimate | null;
}

const progressKey = (key: string) => ["audience-count-progress", key] as const;

/** The live count of a tree; `key` is the tree's text so that the same tree is asked for once. */
export function useCount(tree: Tree, key: string, enabled: boolean) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["audience-count", key],
    queryFn: async ({ signal }) => {
      let counted: Counted | undefined;
      let estimate: Estimate | null = null;
      await countLines<CountLine>({ tree }, signal, (line) => {
        if (line.state === "counted") counted = line;
        if (line.state === "estimated") estimate = line;
        const progress: CountProgress = { waiting: line.state === "waiting", share: line.state === "counting" ? line.share : null, estimate };
        client.setQueryData(progressKey(key), progress);
      });
      if (!counted) throw unreachable();
      return counted;
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
    enabled,
  });
  const progress = useQuery<CountProgress | null>({ queryKey: progressKey(key), queryFn: () => null, enabled: false, initialData: null });
  return { ...query, progress: query.isFetching ? progress.data : null };
}

/** How many of a tree's members can receive: the figure of the first page. */
export function useReachable(tree: Tree, key: string, enabled: boolean) {
  return useQuery({
    queryKey: ["audience-reachable", key],
    queryFn: ({ signal }) => ok(api.POST("/api/v1/audience-reachable", { body: { tree }, signal })),
    staleTime: 30_000,
    retry: false,
    enabled,
  });
}

export function useSample(tree: Tree, key: string, enabled: boolean) {
  return useQuery({
    queryKey: ["audience-sample", key],
    queryFn: ({ signal }) => ok(api.POST("/api/v1/audience-sample", { body: { tree, limit: 5 }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
    enabled,
  });
}

export function explain(tree: Tree, memberId: string | number): Promise<Explained> {
  return ok(api.POST("/api/v1/audience-explain", { body: { tree, member_id: Number(memberId) } }));
}
