/** What conditions can be made of here, as the server offers it. */
import type { AnswerOf } from "@/api";
import { choiceOptions } from "@/ui";
import type { Choice, Locale } from "@/ui";

export type Lang = Locale;
export type Language = AnswerOf<"/api/v1/audience-language">;

/** A profile field or a property of a fact; `values` are its choices, where there are some. */
export type Prop = Language["fields"][number];
export type FactKind = Language["facts"][number];

export function factOf(language: Language, name: unknown): FactKind | undefined {
  return language.facts.find((fact) => fact.name === name);
}

/** The facts to choose from: what members do first, plumbing last. */
export const factChoices = (language: Language): Choice[] => language.facts.map((fact) => ({ value: fact.name, label: fact.label, group: fact.group }));

export const factOptions = (language: Language, lang: Lang) => choiceOptions(factChoices(language), lang);

export function labelIn(choices: readonly Choice[], value: unknown, lang: Lang): string {
  return choices.find((choice) => choice.value === value)?.label[lang] ?? String(value);
}

/** What `did` may say in a condition of a kind: the choices of its schema. */
export function verbsOf(language: Language, kind: string): readonly Choice[] {
  const schema = language.kinds.find((item) => item.value === kind)?.schema as { properties?: { did?: { "x-options"?: Choice[] } } } | undefined;
  return schema?.properties?.did?.["x-options"] ?? [];
}
