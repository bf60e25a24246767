import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { del, get, patch, post, put } from "@/api";
import type { Listed, Query } from "@/api";
import type { AttributeDef, Fact, Member, MemberRow, MergeRow, NormsReport, TagGroup } from "./types";

export const MEMBERS = ["members"] as const;
const GROUPS = ["tag-groups"] as const;
const ATTRIBUTES = ["attributes"] as const;

const of = (id: string | number): string => `/members/${String(id)}`;

export function useMembers(filters: Query) {
  return useInfiniteQuery({
    queryKey: [...MEMBERS, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => get<Listed<MemberRow>>("/members", { query: { ...filters, limit: 50, cursor: pageParam }, signal }),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** At most this many members go into one CSV of the browser. */
export const EXPORT_MEMBERS_MAX = 20_000;

export async function allMembers(filters: Query): Promise<MemberRow[]> {
  const rows: MemberRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Listed<MemberRow> = await get<Listed<MemberRow>>("/members", { query: { ...filters, limit: 200, cursor } });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor && rows.length < EXPORT_MEMBERS_MAX);
  return rows;
}

export const useMember = (id: string) => useQuery({ queryKey: [...MEMBERS, id], queryFn: () => get<Member>(of(id)) });

export function useTimeline(id: string, kinds: string[]) {
  return useInfiniteQuery({
    queryKey: [...MEMBERS, id, "timeline", kinds],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => get<{ items: Fact[]; next: string | null }>(`${of(id)}/timeline`, { query: { kinds, before: pageParam, limit: 50 } }),
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export const useMerges = (id: string) => useQuery({ queryKey: [...MEMBERS, id, "merges"], queryFn: () => get<Listed<MergeRow>>(`${of(id)}/merges`) });

export const useTagGroups = () => useQuery({ queryKey: GROUPS, queryFn: () => get<Listed<TagGroup>>("/tag-groups") });

export const useNorms = () => useQuery({ queryKey: ["tag-norms"], queryFn: () => get<NormsReport>("/tag-norms") });

export const useAttributes = () => useQuery({ queryKey: ATTRIBUTES, queryFn: () => get<Listed<AttributeDef>>("/attributes") });

/** The acts on one member; each brings the member, the lists and the timeline up to date. */
export function useMemberActs(id: string) {
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: MEMBERS });
  return {
    change: useMutation({ mutationFn: (body: { name?: string | null; zone?: string | null; attributes?: Record<string, unknown> }) => patch(of(id), { body }), onSuccess }),
    tags: useMutation({ mutationFn: (body: { add: string[]; remove: string[] }) => post(`${of(id)}/tags`, { body }), onSuccess }),
    consent: useMutation({ mutationFn: ({ channel, state }: { channel: string; state: string }) => put(`${of(id)}/consents/${channel}`, { body: { state, source: "console" } }), onSuccess }),
    identify: useMutation({ mutationFn: (body: { kind: string; value: string }) => post(`${of(id)}/identities`, { body }), onSuccess }),
    merge: useMutation({ mutationFn: (body: { other_id: number; reason: string }) => post(`${of(id)}/merge`, { body }), onSuccess }),
    undo: useMutation({ mutationFn: (merge: number) => post(`/merges/${String(merge)}/undo`), onSuccess }),
    erase: useMutation({ mutationFn: (reason: string) => post(`${of(id)}/erase`, { body: { reason } }), onSuccess }),
  };
}

export async function revealed(id: string): Promise<Record<string, string>> {
  const answer = await post<{ identities: { id: number; value: string }[] }>(`${of(id)}/reveal`);
  return Object.fromEntries(answer.identities.map((item) => [String(item.id), item.value]));
}

export function useListActs() {
  const cache = useQueryClient();
  return {
    create: useMutation({ mutationFn: (body: { name: string; identities: { kind: string; value: string }[] }) => post<{ id: number }>("/members", { body }), onSuccess: () => cache.invalidateQueries({ queryKey: MEMBERS }) }),
    bulkTags: useMutation({ mutationFn: (body: { member_ids: number[]; add: string[]; remove: string[] }) => post("/members/bulk-tags", { body }), onSuccess: () => cache.invalidateQueries({ queryKey: MEMBERS }) }),
  };
}

export interface GroupIn {
  name: string;
  kind: string;
  owner: string;
  exclusive: boolean;
  days: number | null;
}

export function useTagActs() {
  const cache = useQueryClient();
  const onSuccess = () => Promise.all([cache.invalidateQueries({ queryKey: GROUPS }), cache.invalidateQueries({ queryKey: ["tag-norms"] })]);
  return {
    saveGroup: useMutation({ mutationFn: ({ id, body }: { id: number | null; body: GroupIn }) => (id === null ? post("/tag-groups", { body }) : patch(`/tag-groups/${String(id)}`, { body })), onSuccess }),
    dropGroup: useMutation({ mutationFn: (id: number) => del(`/tag-groups/${String(id)}`), onSuccess }),
    addTag: useMutation({ mutationFn: (body: { group_id: number; name: string }) => post("/tags", { body }), onSuccess }),
    renameTag: useMutation({ mutationFn: ({ id, name }: { id: number; name: string }) => patch(`/tags/${String(id)}`, { body: { name } }), onSuccess }),
    dropTag: useMutation({ mutationFn: (id: number) => del(`/tags/${String(id)}`), onSuccess }),
  };
}

export function useAddAttribute() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; label: string; type: string; options: string[] | null }) => post("/attributes", { body }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ATTRIBUTES }),
  });
}
