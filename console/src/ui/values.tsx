import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useSession } from "@/api";
import { ago, compact, money, moneyCompact, number, percent, time, zoneOffset } from "./format";
import type { TimeStyle } from "./format";
import { useLocale } from "./i18n";

const DASH = "—";

interface NumProps {
  value: number | null | undefined;
  /** 1.23 万 / 12.3K, with the full figure on hover. */
  short?: boolean;
  digits?: number;
}

export function Num({ value, short = false, digits = 0 }: NumProps) {
  const { locale } = useLocale();
  if (value === null || value === undefined) return <span className="num">{DASH}</span>;
  const exact = number(value, locale, digits);
  return <span className="num" title={short ? exact : undefined}>{short ? compact(value, locale) : exact}</span>;
}

interface MoneyProps {
  /** Integer fen. */
  fen: number | null | undefined;
  short?: boolean;
  currency?: string;
}

export function Money({ fen, short = false, currency = "CNY" }: MoneyProps) {
  const { locale } = useLocale();
  if (fen === null || fen === undefined) return <span className="num">{DASH}</span>;
  const exact = money(fen, locale, currency);
  return <span className="num" title={short ? exact : undefined}>{short ? moneyCompact(fen, locale, currency) : exact}</span>;
}

export function Percent({ share, digits = 1 }: { share: number | null | undefined; digits?: number }) {
  return <span className="num">{share === null || share === undefined ? DASH : percent(share, digits)}</span>;
}

/** The brand's zone, in which all times of the console are shown. */
export function useZone(): string {
  return useSession().data?.workspace.zone ?? "Asia/Shanghai";
}

/** "Asia/Shanghai (UTC+8)". */
export function useZoneLabel(): string {
  const zone = useZone();
  return `${zone} (${zoneOffset(zone, new Date())})`;
}

interface TimeProps {
  value: string | null | undefined;
  style?: TimeStyle;
  /** "3 days ago", the exact time on hover. */
  relative?: boolean;
  /** Writes the zone after the time; it is always on hover. */
  zone?: boolean;
}

export function Time({ value, style = "minute", relative = false, zone = false }: TimeProps) {
  const { locale } = useLocale();
  const name = useZone();
  if (!value) return <span>{DASH}</span>;
  const exact = time(value, name, style);
  const offset = zoneOffset(name, new Date(value));
  return (
    <Tooltip title={`${time(value, name, style === "day" ? "day" : "second")} · ${name} (${offset})`}>
      <time dateTime={value} className="nowrap">
        {relative ? ago(value, new Date(), locale) : exact}
        {zone ? <span className="muted"> {offset}</span> : null}
      </time>
    </Tooltip>
  );
}

interface StatProps {
  label: ReactNode;
  value: ReactNode;
  note?: ReactNode;
}

/** One figure with its name and, below it, what to compare it with. */
export function Stat({ label, value, note }: StatProps) {
  return (
    <div>
      <div className="stat-label">{label}</div>
      <div className="stat-value">{value}</div>
      {note ? <div className="stat-note">{note}</div> : null}
    </div>
  );
}
