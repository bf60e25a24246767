import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { Schemas } from "@/api";

export type Template = Schemas["TemplateOut"];

export const TEMPLATES = ["templates"] as const;

export function useTemplates() {
  return useQuery({ queryKey: TEMPLATES, queryFn: () => ok(api.GET("/api/v1/templates", { params: { query: { limit: 200 } } })) });
}

/** What a template may say. */
export function useTemplateLanguage() {
  return useQuery({ queryKey: ["template-language"], queryFn: () => ok(api.GET("/api/v1/template-language")), staleTime: 300_000 });
}
