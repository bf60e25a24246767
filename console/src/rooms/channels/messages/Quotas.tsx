import { useCan } from "@/api";
import { format, useLocalized, useLocale, useT } from "@/ui";
import { useQuotas, type Quota } from "./data";
import { channelWords } from "./words";

const NEAR = 0.8;

function Line({ quota }: { quota: Quota }) {
  const t = useT(channelWords);
  const localized = useLocalized();
  const { locale } = useLocale();
  const limit = format.number(quota.limit, locale);
  const share = quota.used === null ? 0 : Math.min(1, quota.used / Math.max(1, quota.limit));
  const near = share >= NEAR;
  return (
    <li>
      <div className="row between wrap">
        <span>{localized(quota)}</span>
        <span className={near ? "num quota-near" : "num muted"}>{quota.used === null ? t("quotaLimit", { limit }) : t("quotaOf", { used: format.number(quota.used, locale), limit })}</span>
      </div>
      {quota.used === null ? null : <div className="reason-bar" aria-hidden="true"><span className={near ? "near" : ""} style={{ width: `${share * 100}%` }} /></div>}
    </li>
  );
}

/** What each account's platform allows and how much of it is used; shown to those who may see accounts. */
export function Quotas() {
  const t = useT(channelWords);
  const can = useCan();
  const accounts = useQuotas(can("accounts.read")).data?.items.filter((account) => account.quotas.length > 0) ?? [];
  if (accounts.length === 0) return null;
  return (
    <section className="panel">
      <h2>{t("quotas")}</h2>
      <div className="grid-2">
        {accounts.map((account) => (
          <div key={account.account_id}>
            <h3 className="quota-account">{account.name}</h3>
            <ul className="quotas">{account.quotas.map((quota) => <Line key={quota.name} quota={quota} />)}</ul>
          </div>
        ))}
      </div>
    </section>
  );
}
