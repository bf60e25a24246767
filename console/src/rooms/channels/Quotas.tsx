import { format, Time, useBoth, useLocale, useT } from "@/ui";
import { useQuotas } from "./api";
import { channelWords } from "./words";

const NEAR = 0.8;

/** How much of each platform's limits is used; nothing is shown while there is nothing to watch. */
export function Quotas() {
  const t = useT(channelWords);
  const both = useBoth();
  const { locale } = useLocale();
  const quotas = useQuotas().data?.items ?? [];
  if (quotas.length === 0) return null;
  return (
    <section className="panel">
      <h2>{t("quotas")}</h2>
      <ul className="quotas">
        {quotas.map((quota) => {
          const share = quota.limit ? Math.min(1, quota.used / quota.limit) : 0;
          const used = format.number(quota.used, locale);
          return (
            <li key={`${quota.account}:${quota.label.en}`}>
              <div className="row between wrap">
                <span>{quota.account} · {both(quota.label)}</span>
                <span className={share >= NEAR ? "num quota-near" : "num muted"}>{quota.limit ? t("quotaOf", { used, limit: format.number(quota.limit, locale) }) : t("quotaFree", { used })}</span>
              </div>
              <div className="reason-bar" aria-hidden="true"><span className={share >= NEAR ? "near" : ""} style={{ width: `${share * 100}%` }} /></div>
              {quota.resets_at ? <span className="muted quota-reset">{t("resets", { time: "" })} <Time value={quota.resets_at} /></span> : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
