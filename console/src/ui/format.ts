import type { Locale } from "./i18n";

/** Pure formatting. Money is integer fen; times are ISO-8601 UTC; zones are IANA names. */

const tag = (locale: Locale): string => (locale === "zh" ? "zh-CN" : "en-US");

interface Scale {
  over: number;
  by: number;
  unit: string;
}

const SCALES: Record<Locale, Scale[]> = {
  zh: [
    { over: 1e8, by: 1e8, unit: "亿" },
    { over: 1e4, by: 1e4, unit: "万" },
  ],
  en: [
    { over: 1e9, by: 1e9, unit: "B" },
    { over: 1e6, by: 1e6, unit: "M" },
    { over: 1e4, by: 1e3, unit: "K" },
  ],
};

export function number(value: number, locale: Locale, digits = 0): string {
  return new Intl.NumberFormat(tag(locale), { maximumFractionDigits: digits }).format(value);
}

/** 12345 -> 1.23万 in Chinese, 12.3K in English; below ten thousand in full. */
export function compact(value: number, locale: Locale): string {
  const scale = SCALES[locale].find((item) => Math.abs(value) >= item.over);
  if (!scale) return number(value, locale, Number.isInteger(value) ? 0 : 2);
  const share = value / scale.by;
  const digits = Math.abs(share) >= 100 ? 0 : Math.abs(share) >= 10 ? 1 : 2;
  return `${number(share, locale, digits)}${locale === "zh" ? " " : ""}${scale.unit}`;
}

const SIGNS: Record<string, string> = { CNY: "¥", USD: "$", EUR: "€", GBP: "£" };

/** Exact: ¥1,234.56. `fen` is the hundredth of the currency. */
export function money(fen: number, locale: Locale, currency = "CNY"): string {
  const text = new Intl.NumberFormat(tag(locale), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(Math.abs(fen) / 100);
  return `${fen < 0 ? "-" : ""}${SIGNS[currency] ?? `${currency} `}${text}`;
}

/** 12345 fen as a table holds it: 123.45, exact, and never -0.00. */
export function yuan(fen: number): string {
  const [whole, part] = [Math.trunc(Math.abs(fen) / 100), Math.abs(fen) % 100];
  return `${fen < 0 ? "-" : ""}${String(whole)}.${String(part).padStart(2, "0")}`;
}

export function moneyCompact(fen: number, locale: Locale, currency = "CNY"): string {
  if (Math.abs(fen) < 1e6) return money(fen, locale, currency);
  return `${fen < 0 ? "-" : ""}${SIGNS[currency] ?? `${currency} `}${compact(Math.abs(fen) / 100, locale)}`;
}

/** 0.1234 -> 12.3%. A share that is not zero never reads as 0%. */
export function percent(share: number, digits = 1): string {
  const value = share * 100;
  const least = 10 ** -digits;
  if (value !== 0 && Math.abs(value) < least) return `${value < 0 ? "-" : ""}<${String(least)}%`;
  return `${value.toFixed(digits).replace(/\.0+$/, "")}%`;
}

/** 1.234 -> 1.23; a small one keeps two figures, and never reads as 0. */
export function ratio(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return `${value < 0 ? "-" : ""}<0.001`;
  return Math.abs(value) < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2);
}

export type TimeStyle = "minute" | "second" | "day" | "clock" | "month";

const TIMES: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  minute: { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  second: { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  day: { year: "numeric", month: "2-digit", day: "2-digit" },
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  month: { year: "numeric", month: "2-digit" },
};

/** A time in a zone: 2026-11-22 14:05. The same digits in both languages, so that columns line up. */
export function time(iso: string, zone: string, style: TimeStyle = "minute"): string {
  const date = new Date(iso.length === 10 ? `${iso}T00:00:00Z` : iso);
  if (Number.isNaN(date.getTime())) return iso;
  const at = iso.length === 10 ? "UTC" : zone;
  const parts = new Intl.DateTimeFormat("en-CA", { ...TIMES[style], timeZone: at }).formatToParts(date);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  const day = [of("year"), of("month"), of("day")].filter(Boolean).join("-");
  const clock = [of("hour"), of("minute"), of("second")].filter(Boolean).join(":");
  return [day, clock].filter(Boolean).join(" ");
}

/** "Asia/Shanghai" -> "UTC+8", at the given moment (zones change over the year). */
export function zoneOffset(zone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(at);
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  return name.replace("GMT", "UTC").replace(/^UTC$/, "UTC+0");
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 天前" / "3 days ago". */
export function ago(iso: string, now: Date, locale: Locale): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const relative = new Intl.RelativeTimeFormat(tag(locale), { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return locale === "zh" ? "刚刚" : "just now";
}

/** One CSV cell: quoted when needed, and never a formula when a spreadsheet opens it. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(text) && typeof value !== "number" ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csv = (rows: unknown[][]): string => rows.map((row) => row.map(csvCell).join(",")).join("\r\n");

/** The moment (ISO, UTC) at which clocks in `zone` show `local` ("2026-03-18T12:00:00"); in a gap of them, just after it. */
export function momentIn(zone: string, local: string): string {
  const target = Date.parse(`${local}Z`);
  const shown = (at: number): number => {
    const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }).formatToParts(at);
    const part = (type: string): string => parts.find((item) => item.type === type)?.value ?? "00";
    return Date.parse(`${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}Z`);
  };
  // the second step is for a moment close to where the clocks change
  const near = target - (shown(target) - target);
  return new Date(near - (shown(near) - target)).toISOString();
}
