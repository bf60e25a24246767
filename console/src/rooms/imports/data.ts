import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { LayoutChoice, Plan } from "./types";

const IMPORTS = ["imports"] as const;
const EVERY_MS = 1_500;

export const BUSY = new Set(["waiting", "running"]);

export const useKinds = () => useQuery({ queryKey: ["import-kinds"], staleTime: Infinity, queryFn: () => ok(api.GET("/api/v1/import-kinds")) });

export function useImports() {
  return useQuery({
    queryKey: IMPORTS,
    queryFn: () => ok(api.GET("/api/v1/imports", { params: { query: { limit: 200 } } })),
    refetchInterval: (query) => (query.state.data?.items.some((run) => BUSY.has(run.state)) ? EVERY_MS : false),
  });
}

const of = (id: number) => ({ params: { path: { import_id: id } } });

/** One import; asked for often while it runs. */
export function useImport(id: string) {
  return useQuery({
    queryKey: [...IMPORTS, id],
    queryFn: () => ok(api.GET("/api/v1/imports/{import_id}", of(Number(id)))),
    refetchInterval: (query) => (query.state.data && BUSY.has(query.state.data.state) ? EVERY_MS : false),
  });
}

/** Reads the uploaded file another way: it becomes an upload of its own. */
export const useLayout = () => useMutation({ mutationFn: ({ file, body }: { file: string; body: LayoutChoice }) => ok(api.POST("/api/v1/uploads/{file}/layout", { params: { path: { file } }, body })) });

/** The attributes the shop has: columns may fill them. */
export const useShopAttributes = () => useQuery({ queryKey: ["attributes"], queryFn: () => ok(api.GET("/api/v1/attributes")) });

export const usePreview = () => useMutation({ mutationFn: (body: Plan) => ok(api.POST("/api/v1/imports/preview", { body })) });

export function useImportActs() {
  const cache = useQueryClient();
  const onSuccess = () => Promise.all([cache.invalidateQueries({ queryKey: IMPORTS }), cache.invalidateQueries({ queryKey: ["running"] })]);
  return {
    start: useMutation({ mutationFn: (body: Plan) => ok(api.POST("/api/v1/imports", { body })), onSuccess }),
    resume: useMutation({ mutationFn: (id: number) => ok(api.POST("/api/v1/imports/{import_id}/resume", of(id))), onSuccess }),
    cancel: useMutation({ mutationFn: (id: number) => ok(api.POST("/api/v1/imports/{import_id}/cancel", of(id))), onSuccess }),
  };
}
