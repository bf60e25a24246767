/** What conditions can be made of here, as the server offers it. */
import type { AnswerOf } from "@/api";
import type { Choice, Locale } from "@/ui";

export type Lang = Locale;
export type Language = AnswerOf<"/api/v1/audience-language">;

/** A profile field or a property of a fact; `values` are its choices, where there are some. */
export type Prop = Language["fields"][number];
export type FactKind = Language["facts"][number];

export function factOf(language: Language, name: unknown): FactKind | undefined {
  return language.facts.find((fact) => fact.name === name);
}

export function labelIn(choices: readonly Choice[], value: unknown, lang: Lang): string {
  return choices.find((choice) => choice.value === value)?.label[lang] ?? String(value);
}
