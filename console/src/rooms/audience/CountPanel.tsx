import { Progress, Skeleton } from "antd";
import { format, Num, useLocale, useT } from "@/ui";
import type { CountProgress } from "./data";
import { audienceWords } from "./words";

export interface Bar {
  id: string;
  label: string;
  left: number;
}

interface Props {
  count: number | undefined;
  reachable: number | undefined;
  total: number | undefined;
  bars: Bar[];
  fetching: boolean;
  stale: boolean;
  progress: CountProgress | null;
  failed: boolean;
  unfinished: number;
}

/** How many are in, of how many, and what each condition leaves. */
export function CountPanel({ count, reachable, total, bars, fetching, stale, progress, failed, unfinished }: Props) {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  const share = count !== undefined && total ? format.percent(count / total) : "";
  return (
    <section className={stale ? "panel count-panel stale" : "panel count-panel"} aria-label={t("liveCount")} aria-busy={fetching}>
      <h2>{t("liveCount")}</h2>
      <div aria-live="polite" className={stale ? "count-now stale" : "count-now"}>
        {count === undefined ? (failed ? <span className="count-figure">—</span> : <Skeleton.Button active size="small" />) : <span className="count-figure num">{format.number(count, locale)}</span>}
        {stale && !progress ? <p className="muted">{t("countStale")}</p> : null}
        {progress ? <Underway progress={progress} /> : null}
        {failed ? <p className="count-bad">{t("countFailed")}</p> : null}
        {!failed && total !== undefined && count !== undefined ? <p className="muted">{t("ofAll", { n: format.compact(total, locale), share })}</p> : null}
        {!failed && !fetching && reachable !== undefined ? <p className="muted">{t("reachableOf", { n: format.number(reachable, locale) })}</p> : null}
        {unfinished > 0 ? <p className="count-open">{t("unfinished", { n: unfinished })}</p> : null}
      </div>
      {!failed && total && count !== undefined ? (
        <div className="count-share" aria-hidden="true"><span style={{ width: `${Math.max((count / total) * 100, count > 0 ? 0.6 : 0)}%` }} /></div>
      ) : null}
      {bars.length > 0 && total ? (
        <div className="count-bars">
          <h3>{t("narrowing")}</h3>
          <ol>
            <BarRow label={t("everyone")} left={total} total={total} />
            {bars.map((bar) => <BarRow key={bar.id} label={bar.label} left={bar.left} total={total} />)}
          </ol>
        </div>
      ) : null}
    </section>
  );
}

/** What is known before the exact figure is: an interval, and how far the count is. */
function Underway({ progress }: { progress: CountProgress }) {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  const { estimate, share, waiting } = progress;
  const figure = (n: number) => format.number(n, locale);
  return (
    <div className="count-underway">
      {estimate ? <p>{t("estimate", { n: figure(estimate.count), low: figure(estimate.low), high: figure(estimate.high) })}</p> : null}
      <p className="muted">{waiting ? t("countWaiting") : t("counting")}</p>
      {share !== null ? <Progress percent={Math.round(share * 100)} size="small" aria-label={t("counting")} /> : null}
    </div>
  );
}

function BarRow({ label, left, total }: { label: string; left: number; total: number }) {
  return (
    <li>
      <div className="row between">
        <span className="clip" title={label}>{label}</span>
        <Num value={left} short />
      </div>
      <div className="count-bar" aria-hidden="true"><span style={{ width: `${(left / total) * 100}%` }} /></div>
    </li>
  );
}
