import { useCallback } from "react";
import { useLabels } from "@/api";
import type { LabelSet } from "@/api";
import type { Choice } from "./ChoiceSelect";
import { useLocale } from "./i18n";
import type { LocalizedText } from "./i18n";

/** What a code of the server is called: `label("channel", "sms")`. `journey:12` reads as its first part; an unknown code stays as it is. */
export function useLabel(): (set: LabelSet, code: string | null | undefined) => string {
  const { locale } = useLocale();
  const labels = useLabels().data;
  return useCallback(
    (set, code) => {
      if (!code) return "";
      const table: Record<string, LocalizedText> = labels?.[set] ?? {};
      return (table[code] ?? table[code.split(":")[0] ?? ""])?.[locale] ?? code;
    },
    [labels, locale],
  );
}

/** The codes of a set in the server's order. */
export function useCodes(set: LabelSet): string[] {
  return Object.keys(useLabels().data?.[set] ?? {});
}

/** The codes of a set with what each is called, to choose from. */
export function useChoices(set: LabelSet): Choice[] {
  const labels = useLabels().data;
  return Object.entries(labels?.[set] ?? {}).map(([value, label]) => ({ value, label }));
}

/** A label within a sentence: English begins it small, but for names and abbreviations (“RFM”, “SMS”, “A/B”). */
export function withinSentence(label: string): string {
  const [first = "", second = ""] = label;
  return /[a-z ]/.test(second) && !/^\w+[A-Z]/.test(label) ? first.toLowerCase() + label.slice(1) : label;
}
