import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, lines, post, unreachable, type Listed } from "@/api";
import type { Both } from "@/ui";
import type { Tree } from "@/rooms/audience/tree";

export interface UsedBy {
  kind: string;
  id: string | number;
  name: string;
}

export interface Audience {
  id: string | number;
  name: string;
  label: string;
  size: number | null;
  share?: number | null;
  refreshed_at: string | null;
  due_at?: string | null;
  /** Why the last refresh failed: it is tried again (failed), or its words are gone (unreadable). */
  trouble?: string | null;
  version: number;
  created_by?: string;
  created_at?: string;
  used_by?: UsedBy[];
  tree: Tree;
  sentence: Both;
}

export interface AudienceVersion {
  version: number;
  tree: Tree;
  written_by: string;
  written_at: string;
}

export interface AudienceDetail extends Audience {
  versions?: AudienceVersion[];
  history?: { at: string; size: number }[];
}

export interface NarrowStep {
  path: string;
  count: number;
}

export interface Counted {
  count: number;
  total: number;
  share?: number | null;
  narrowing?: NarrowStep[];
  as_of?: string;
  seconds?: number;
}

export interface MemberBrief {
  id: string | number;
  name?: string | null;
  entered_at?: string | null;
  [more: string]: unknown;
}

/** Members of a moment, with the version of the conditions in force then. */
export interface MembersPage {
  items: MemberBrief[];
  total: number;
  next?: string | null;
  as_of: string | null;
  version: number | null;
}

/** Why a member is in or out, condition by condition. */
export interface Explained {
  matched: boolean;
  reasons: Reason[];
  /** When time alone turns it, unless one of these facts comes first. */
  changes_at?: string | null;
  unless?: Both;
}

export interface Reason {
  path: string;
  matched: boolean;
  /** When time alone turns it, if it does. */
  changes_at?: string | null;
  zh: string;
  en: string;
}

/** A new audience is filled in the background; its page looks again this often until it has a size. */
const FIRST_COUNT_MS = 2_000;

export const AUDIENCES = ["audiences"] as const;

export function useAudiences() {
  return useQuery({ queryKey: AUDIENCES, queryFn: () => get<Listed<Audience>>("/audiences", { query: { limit: 200 } }) });
}

export function useAudience(id: string | undefined) {
  return useQuery({ queryKey: [...AUDIENCES, id], queryFn: () => get<AudienceDetail>(`/audiences/${id ?? ""}`), enabled: id !== undefined, refetchInterval: (query) => (query.state.data?.size === null ? FIRST_COUNT_MS : false) });
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
      await lines<CountLine>("/audience-count/live", { body: { tree }, signal }, (line) => {
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

export function useSample(tree: Tree, key: string, enabled: boolean) {
  return useQuery({
    queryKey: ["audience-sample", key],
    queryFn: ({ signal }) => post<{ items: MemberBrief[] }>("/audience-sample", { body: { tree, limit: 5 }, signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
    enabled,
  });
}

export function explain(tree: Tree, memberId: string | number): Promise<Explained> {
  return post<Explained>("/audience-explain", { body: { tree, member_id: Number(memberId) } });
}
