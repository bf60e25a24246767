import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { keepCsrf, sessionEnd } from "./connection";
import { Problem } from "./problem";
import { api, ok } from "./typed";
import type { Schemas } from "./typed";


export type Me = Schemas["MeOut"];

export const ME = ["me"] as const;

async function fetchMe(): Promise<Me | null> {
  try {
    const me = await ok(api.GET("/api/v1/me"));
    keepCsrf(me.csrf);
    return me;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

/** Who is signed in; null when nobody is. */
export function useSession() {
  const cache = useQueryClient();
  return useQuery({
    queryKey: ME,
    staleTime: 300_000,
    queryFn: async () => {
      const before = cache.getQueryData<Me | null>(ME);
      const now = await fetchMe();
      if (now || !before) return now;
      // the page that is open keeps what was typed, and asks to sign in again
      sessionEnd.mark(true);
      return before;
    },
  });
}

/** Whether the session of the open page has ended. */
export const useSessionEnded = (): boolean => useSyncExternalStore(sessionEnd.watch, sessionEnd.has);

/** The signed-in person. Only for pages inside the frame, which renders nothing before the session is known. */
export function useMe(): Me {
  const me = useSession().data;
  if (!me) throw new Error("useMe outside of a session");
  return me;
}

/** Whether the signed-in person holds a permission. The server decides; this only hides what would be refused. */
export function useCan(): (permission: string) => boolean {
  const me = useSession().data;
  const held = new Set(me?.permissions ?? []);
  return (permission) => held.has("*") || held.has(permission);
}

/** Drops what the last person saw. The session itself stays: pages watch it. */
function forgetRest(cache: QueryClient): void {
  cache.removeQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
}

export function useSignIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string; password: string }) => ok(api.POST("/api/v1/sign-in", { body })),
    onSuccess: async (answer) => {
      keepCsrf(answer["csrf"] ?? "");
      forgetRest(cache);
      sessionEnd.mark(false);
      await cache.fetchQuery({ queryKey: ME, queryFn: fetchMe, staleTime: 0 });
    },
  });
}

/** Brands one belongs to and those that ask one to join. */
export const BRANDS = ["brands"] as const;

export const useBrands = () => useQuery({ queryKey: BRANDS, queryFn: () => ok(api.GET("/api/v1/workspaces")), staleTime: 60_000 });

/** The session is of one brand in every tab: a page of the brand left behind is loaded anew. */
const opened = new BroadcastChannel("siyu.brand");

opened.onmessage = () => {
  location.assign("/");
};

/** Goes on in another brand, from its first page: nothing that was seen of the one left behind stays. */
export function useOpenBrand() {
  return useMutation({
    mutationFn: (id: number) => ok(api.PUT("/api/v1/me/workspace", { body: { workspace_id: id } })),
    onSuccess: () => {
      opened.postMessage(null);
      location.assign("/");
    },
  });
}

/** Signing in again over the page that is open; another person gets a page of their own. */
export function useSignInAgain() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string; password: string }) => ok(api.POST("/api/v1/sign-in", { body })),
    onSuccess: async (answer) => {
      keepCsrf(answer["csrf"] ?? "");
      const before = cache.getQueryData<Me | null>(ME);
      let now = await fetchMe();
      if (now?.user.id !== before?.user.id) location.reload();
      else if (before && now?.workspace.id !== before.workspace.id) {
        // a new session is of one's first brand; the page that is open may be of another
        await ok(api.PUT("/api/v1/me/workspace", { body: { workspace_id: before.workspace.id } }));
        now = await fetchMe();
      }
      cache.setQueryData(ME, now);
      sessionEnd.mark(false);
      await cache.refetchQueries({ predicate: (query) => query.state.status === "error" });
    },
  });
}

export function useSignOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => ok(api.POST("/api/v1/sign-out")),
    onSettled: () => {
      cache.setQueryData(ME, null);
      forgetRest(cache);
    },
  });
}
