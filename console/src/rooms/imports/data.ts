import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post } from "@/api";
import type { Listed } from "@/api";
import type { ImportKind, ImportRun, Mapping, Preview } from "./types";

const IMPORTS = ["imports"] as const;
const EVERY_MS = 1_500;

export const BUSY = new Set(["waiting", "running"]);

export const useKinds = () => useQuery({ queryKey: ["import-kinds"], staleTime: Infinity, queryFn: () => get<Listed<ImportKind>>("/import-kinds") });

export function useImports() {
  return useQuery({
    queryKey: IMPORTS,
    queryFn: () => get<Listed<ImportRun>>("/imports"),
    refetchInterval: (query) => (query.state.data?.items.some((run) => BUSY.has(run.state)) ? EVERY_MS : false),
  });
}

/** One import; asked for often while it runs. */
export function useImport(id: string) {
  return useQuery({
    queryKey: [...IMPORTS, id],
    queryFn: () => get<ImportRun>(`/imports/${id}`),
    refetchInterval: (query) => (query.state.data && BUSY.has(query.state.data.state) ? EVERY_MS : false),
  });
}

export interface Plan {
  file: string;
  kind: string;
  mapping: Mapping;
}

export const usePreview = () => useMutation({ mutationFn: (plan: Plan) => post<Preview>("/imports/preview", { body: plan }) });

export function useImportActs() {
  const cache = useQueryClient();
  const onSuccess = () => Promise.all([cache.invalidateQueries({ queryKey: IMPORTS }), cache.invalidateQueries({ queryKey: ["running"] })]);
  return {
    start: useMutation({ mutationFn: (plan: Plan) => post<ImportRun>("/imports", { body: plan }), onSuccess }),
    resume: useMutation({ mutationFn: (id: number) => post(`/imports/${String(id)}/resume`), onSuccess }),
    cancel: useMutation({ mutationFn: (id: number) => post(`/imports/${String(id)}/cancel`), onSuccess }),
  };
}
