import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { BodyOf, Schemas } from "@/api";

export const MEMBERS = ["members"] as const;
const GROUPS = ["tag-groups"] as const;
const ATTRIBUTES = ["attributes"] as const;

const REACH_AT_ONCE = 200;

export interface Filters {
  search: string;
  tag: string;
  identity: string;
  sort: string;
}

/** Only what is set: the server refuses an empty kind of identity. */
const filled = (filters: Partial<Filters>): Partial<Filters> => Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));

export function useMembers(filters: Filters) {
  return useInfiniteQuery({
    queryKey: [...MEMBERS, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => ok(api.GET("/api/v1/members", { params: { query: { ...filled(filters), limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** On which channels these members can receive, and why not on the others; the server decides as a message would meet it. */
export function useReach(ids: number[]) {
  return useQuery({
    queryKey: [...MEMBERS, "reach", ids],
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const parts = Array.from({ length: Math.ceil(ids.length / REACH_AT_ONCE) }, (_, n) => ids.slice(n * REACH_AT_ONCE, (n + 1) * REACH_AT_ONCE));
      const answers = await Promise.all(parts.map((part) => ok(api.GET("/api/v1/member-reach", { params: { query: { ids: part } }, signal }))));
      return new Map(answers.flatMap((answer) => answer.items.map((item) => [item.member_id, item.channels] as const)));
    },
  });
}

/** Members found by a text, for pickers. */
export function useMemberSearch(text: string, limit: number) {
  return useQuery({ queryKey: [...MEMBERS, "found", text], enabled: text.length > 0, queryFn: () => ok(api.GET("/api/v1/members", { params: { query: { search: text, limit } } })) });
}

const at = (id: string | number) => ({ params: { path: { member_id: Number(id) } } });

export const useMember = (id: string) => useQuery({ queryKey: [...MEMBERS, id], queryFn: () => ok(api.GET("/api/v1/members/{member_id}", at(id))) });

export function useTimeline(id: string, kinds: string[]) {
  return useInfiniteQuery({
    queryKey: [...MEMBERS, id, "timeline", kinds],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      ok(api.GET("/api/v1/members/{member_id}/timeline", { params: { path: { member_id: Number(id) }, query: { limit: 50, ...(kinds.length ? { kinds } : {}), ...(pageParam ? { before: pageParam } : {}) } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export const useMerges = (id: string) => useQuery({ queryKey: [...MEMBERS, id, "merges"], queryFn: () => ok(api.GET("/api/v1/members/{member_id}/merges", at(id))) });

/** What merging `other` into a member does to journeys. */
export const useMergeJourneys = (id: number, other: number | undefined) =>
  useQuery({ queryKey: [...MEMBERS, String(id), "merge-journeys", other], enabled: other !== undefined, queryFn: () => ok(api.GET("/api/v1/members/{member_id}/merge-journeys", { params: { path: { member_id: id }, query: { other_id: other ?? 0 } } })) });

export const useTagGroups = () => useQuery({ queryKey: GROUPS, queryFn: () => ok(api.GET("/api/v1/tag-groups")) });

export const useNorms = () => useQuery({ queryKey: ["tag-norms"], queryFn: () => ok(api.GET("/api/v1/tag-norms")) });

export const useAttributes = () => useQuery({ queryKey: ATTRIBUTES, queryFn: () => ok(api.GET("/api/v1/attributes")) });

type Channel = { channel: string };

/** The acts on one member; each brings the member, the lists and the timeline up to date. */
export function useMemberActs(id: string) {
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: MEMBERS });
  const here = at(id);
  const on = (channel: string) => ({ params: { path: { member_id: Number(id), channel } } });
  return {
    change: useMutation({ mutationFn: (body: Schemas["MemberChange"]) => ok(api.PATCH("/api/v1/members/{member_id}", { ...here, body })), onSuccess }),
    tags: useMutation({ mutationFn: (body: Schemas["TagsIn"]) => ok(api.POST("/api/v1/members/{member_id}/tags", { ...here, body })), onSuccess }),
    consent: useMutation({
      mutationFn: ({ channel, ...body }: Channel & Schemas["ConsentIn"]) => ok(api.PUT("/api/v1/members/{member_id}/consents/{channel}", { ...on(channel), body })),
      onSuccess,
    }),
    suppress: useMutation({ mutationFn: ({ channel, reason }: Channel & { reason: string }) => ok(api.PUT("/api/v1/members/{member_id}/suppressions/{channel}", { ...on(channel), body: { reason } })), onSuccess }),
    lift: useMutation({ mutationFn: (channel: string) => ok(api.DELETE("/api/v1/members/{member_id}/suppressions/{channel}", on(channel))), onSuccess }),
    identify: useMutation({ mutationFn: (body: Schemas["IdentityIn"]) => ok(api.POST("/api/v1/members/{member_id}/identities", { ...here, body })), onSuccess }),
    unlink: useMutation({
      mutationFn: (identity: number) => ok(api.DELETE("/api/v1/members/{member_id}/identities/{identity_id}", { params: { path: { member_id: Number(id), identity_id: identity } } })),
      onSuccess,
    }),
    merge: useMutation({ mutationFn: (body: Schemas["MergeIn"]) => ok(api.POST("/api/v1/members/{member_id}/merge", { ...here, body })), onSuccess }),
    undo: useMutation({ mutationFn: (merge: number) => ok(api.POST("/api/v1/merges/{merge_id}/undo", { params: { path: { merge_id: merge } } })), onSuccess }),
    erase: useMutation({ mutationFn: () => ok(api.POST("/api/v1/members/{member_id}/erase", here)), onSuccess }),
  };
}

/** Identities in clear, by id. The server puts on record that somebody looked. */
export async function revealed(id: string): Promise<Record<string, string>> {
  const answer = await ok(api.POST("/api/v1/members/{member_id}/reveal", { ...at(id), body: { kinds: null } }));
  return Object.fromEntries(answer.identities.map((item) => [String(item.id), item.value]));
}

export function useListActs() {
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: MEMBERS });
  return {
    create: useMutation({ mutationFn: (body: BodyOf<"/api/v1/members", "post">) => ok(api.POST("/api/v1/members", { body })), onSuccess }),
    bulkTags: useMutation({ mutationFn: (body: Schemas["BulkTagsIn"]) => ok(api.POST("/api/v1/members/bulk-tags", { body })), onSuccess }),
  };
}

export type GroupIn = Schemas["TagGroupIn"];

export function useTagActs() {
  const cache = useQueryClient();
  const onSuccess = () => Promise.all([cache.invalidateQueries({ queryKey: GROUPS }), cache.invalidateQueries({ queryKey: ["tag-norms"] })]);
  const group = (id: number) => ({ params: { path: { group_id: id } } });
  const tag = (id: number) => ({ params: { path: { tag_id: id } } });
  return {
    saveGroup: useMutation({ mutationFn: ({ id, body }: { id: number | null; body: GroupIn }) => (id === null ? ok(api.POST("/api/v1/tag-groups", { body })) : ok(api.PATCH("/api/v1/tag-groups/{group_id}", { ...group(id), body }))), onSuccess }),
    dropGroup: useMutation({ mutationFn: (id: number) => ok(api.DELETE("/api/v1/tag-groups/{group_id}", group(id))), onSuccess }),
    addTag: useMutation({ mutationFn: (body: Schemas["TagIn"]) => ok(api.POST("/api/v1/tags", { body })), onSuccess }),
    renameTag: useMutation({ mutationFn: ({ id, name }: { id: number; name: string }) => ok(api.PATCH("/api/v1/tags/{tag_id}", { ...tag(id), body: { name } })), onSuccess }),
    dropTag: useMutation({ mutationFn: (id: number) => ok(api.DELETE("/api/v1/tags/{tag_id}", tag(id))), onSuccess }),
  };
}

export function useAttributeActs() {
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: ATTRIBUTES });
  const of = (name: string) => ({ params: { path: { name } } });
  return {
    add: useMutation({ mutationFn: (body: Schemas["AttributeIn"]) => ok(api.POST("/api/v1/attributes", { body })), onSuccess }),
    change: useMutation({ mutationFn: ({ name, body }: { name: string; body: Schemas["AttributeChange"] }) => ok(api.PATCH("/api/v1/attributes/{name}", { ...of(name), body })), onSuccess }),
    renameOption: useMutation({ mutationFn: ({ name, body }: { name: string; body: Schemas["OptionRename"] }) => ok(api.POST("/api/v1/attributes/{name}/rename-option", { ...of(name), body })), onSuccess }),
    drop: useMutation({ mutationFn: (name: string) => ok(api.DELETE("/api/v1/attributes/{name}", of(name))), onSuccess }),
  };
}
