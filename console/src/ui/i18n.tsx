import { createContext, use, useCallback, useMemo, useState } from "react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api";
import { common } from "./words";

export type Locale = "zh" | "en";

/** One entry of a dictionary: Chinese first, then English. `{name}` marks a value put in. */
export type Words = Record<string, readonly [zh: string, en: string]>;
export type Values = Record<string, string | number>;

/** A text the server sends in both languages. */
export type LocalizedText = Schemas["LocalizedText"];

/** Declares a room's words; the type keeps every key known and every string in both languages. */
export const defineWords = <T extends Words>(table: T): T => table;

export function fill(text: string, values?: Values): string {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole: string, key: string, at: number) => between(text.charAt(at - 1), String(values[key] ?? whole), text.charAt(at + whole.length)));
}

const CHINESE = /[\u4e00-\u9fff]/;

/** A value as it stands in a text: with a space where Chinese characters meet Latin letters. */
function between(before: string, value: string, after: string): string {
  const left = CHINESE.test(before) && /^[A-Za-z]/.test(value) ? " " : "";
  const right = CHINESE.test(after) && /[A-Za-z]$/.test(value) ? " " : "";
  return `${left}${value}${right}`;
}

interface LocaleState {
  locale: Locale;
  setLocale: (locale: Locale) => void;
}

const STORE = "siyu.locale";
const LocaleContext = createContext<LocaleState>({ locale: "zh", setLocale: () => undefined });

function initial(): Locale {
  return localStorage.getItem(STORE) === "en" ? "en" : "zh";
}

function mark(locale: Locale): void {
  document.documentElement.lang = locale === "zh" ? "zh-CN" : "en";
}

export function LocaleProvider({ children }: { children: ReactNode }) {
  const [locale, set] = useState<Locale>(() => {
    const first = initial();
    mark(first);
    return first;
  });
  const setLocale = useCallback((next: Locale) => {
    localStorage.setItem(STORE, next);
    mark(next);
    set(next);
  }, []);
  const value = useMemo(() => ({ locale, setLocale }), [locale, setLocale]);
  return <LocaleContext value={value}>{children}</LocaleContext>;
}

export const useLocale = (): LocaleState => use(LocaleContext);

export type Translate<T extends Words> = (key: keyof T | keyof typeof common, values?: Values) => string;

const NONE = {} as Record<never, readonly [string, string]>;

/** The words of a room and the common ones: `const t = useT(words); t("save")`. */
export function useT<T extends Words = typeof NONE>(table: T = NONE as T): Translate<T> {
  const { locale } = useLocale();
  return useCallback(
    (key, values) => {
      const entry = (table as Words)[key as string] ?? (common as Words)[key as string];
      return entry ? fill(entry[locale === "zh" ? 0 : 1], values) : "";
    },
    [table, locale],
  );
}

/** Picks the reader's language from a text the server sent in both. */
export function useLocalized(): (text: LocalizedText | null | undefined) => string {
  const { locale } = useLocale();
  return useCallback((text) => text?.[locale] ?? "", [locale]);
}

/** Joins words as the language does: 甲、乙 or "a, b". */
export function useList(): (items: readonly string[]) => string {
  const { locale } = useLocale();
  return useCallback((items) => items.join(locale === "zh" ? "、" : ", "), [locale]);
}
