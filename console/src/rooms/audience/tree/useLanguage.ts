import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api";
import type { LocalizedText, Choice } from "@/ui";
import { KIND_TEXT, type Language, type Prop, type ValueType } from "./language";

export const LANGUAGE = ["audience-language"] as const;

type Raw = Record<string, unknown>;

const list = (value: unknown): Raw[] => (Array.isArray(value) ? (value as Raw[]) : []);
const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

function labelOf(raw: Raw): LocalizedText {
  const label = raw.label as Partial<LocalizedText> | string | undefined;
  const name = text(raw.name ?? raw.key ?? raw.value);
  if (typeof label === "string") return { zh: label || name, en: label || name };
  return { zh: label?.zh ?? (text(raw.zh) || name), en: label?.en ?? (text(raw.en) || name) };
}

function choice(raw: unknown): Choice {
  if (typeof raw !== "object" || raw === null) return { value: text(raw), label: { zh: text(raw), en: text(raw) } };
  const own = raw as Raw;
  return { value: text(own.value ?? own.name ?? own.key), label: labelOf(own) };
}

const choices = (value: unknown): Choice[] => (Array.isArray(value) ? value.map(choice) : []);

function prop(raw: Raw): Prop {
  const values = choices(raw.values ?? raw.choices);
  const type = text(raw.type) as ValueType;
  return {
    name: text(raw.name ?? raw.field),
    label: labelOf(raw),
    type: values.length && type === "text" ? "choice" : type,
    operators: Array.isArray(raw.operators) ? raw.operators.map(text) : Array.isArray(raw.ops) ? raw.ops.map(text) : [],
    choices: values,
  };
}

/** The server's answer in the form the editor uses. */
export function readLanguage(raw: Raw): Language {
  const offered = raw.conditions ?? raw.kinds;
  return {
    kinds: Array.isArray(offered) ? offered.map((kind) => choice(kind).value) : Object.keys(KIND_TEXT).filter((kind) => kind in raw),
    facts: list(raw.facts).map((fact) => ({ name: text(fact.name), label: labelOf(fact), group: null, props: list(fact.props).map(prop) })),
    fields: list(raw.fields).map(prop),
    tags: choices(raw.tags),
    stages: choices(raw.stages),
    channels: choices(raw.channels),
    audiences: choices(raw.audiences),
    journeys: choices(raw.journeys),
    campaigns: choices(raw.campaigns),
    calendars: choices(raw.calendars ?? raw.windows).map((one) => one.value),
  };
}

/** What conditions may be built from here and now. */
export function useLanguage(enabled = true) {
  return useQuery({ queryKey: LANGUAGE, queryFn: () => ok(api.GET("/api/v1/audience-language")), select: readLanguage, staleTime: 60_000, enabled });
}
