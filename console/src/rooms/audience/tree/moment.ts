/** Spans ("90d") and points in time ("-30d", "2024-01-01") of the language, in words. */
import type { Lang } from "./language";

export type Unit = "s" | "m" | "h" | "d" | "w";

const UNIT_WORDS: Record<Unit, { zh: string; one: string; many: string }> = {
  s: { zh: "秒", one: "second", many: "seconds" },
  m: { zh: "分钟", one: "minute", many: "minutes" },
  h: { zh: "小时", one: "hour", many: "hours" },
  d: { zh: "天", one: "day", many: "days" },
  w: { zh: "周", one: "week", many: "weeks" },
};

export interface Span {
  n: number;
  unit: Unit;
}

/** "90d" or "-90d" as a number and a unit; undefined when it is not a span. */
export function readSpan(text: unknown): Span | undefined {
  if (typeof text !== "string") return undefined;
  const match = /^-?(\d+)([smhdw])$/.exec(text);
  return match ? { n: Number(match[1]), unit: match[2] as Unit } : undefined;
}

export function spanWords(span: Span, lang: Lang): string {
  const words = UNIT_WORDS[span.unit];
  return lang === "zh" ? `${span.n} ${words.zh}` : `${span.n} ${span.n === 1 ? words.one : words.many}`;
}

export function unitWords(unit: Unit, lang: Lang): string {
  return lang === "zh" ? UNIT_WORDS[unit].zh : UNIT_WORDS[unit].many;
}

/** "-30d" is "30 days ago"; undefined when it is no moment before now. */
export function agoWords(value: unknown, lang: Lang): string | undefined {
  const span = typeof value === "string" && value.startsWith("-") ? readSpan(value) : undefined;
  return span && (lang === "zh" ? `${spanWords(span, lang)}前` : `${spanWords(span, lang)} ago`);
}

/** Seconds in the largest whole unit: 259200 is "3 days". */
export function secondsWords(seconds: number, lang: Lang): string {
  const units: [number, Unit][] = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "m"],
  ];
  for (const [size, unit] of units) {
    if (seconds >= size && seconds % size === 0) return spanWords({ n: seconds / size, unit }, lang);
  }
  if (seconds >= 60) return spanWords({ n: Math.round(seconds / 60), unit: "m" }, lang);
  return lang === "zh" ? `${seconds} 秒` : `${seconds} s`;
}

/** A date or time value of the tree for reading: "2024-01-01" stays, an instant loses its seconds. */
export function dateWords(value: unknown): string {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return text.replace("T", " ").replace(/(:\d\d)(:\d\d)(\.\d+)?Z?$/, "$1");
}
