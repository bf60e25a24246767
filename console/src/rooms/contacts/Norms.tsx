import { EmptyState, QueryState, StateTag, useLocalized, useLabel, useList, useT } from "@/ui";
import { useNorms } from "./data";
import { contactsWords } from "./words";

/** What is wrong with the tags as a whole: duplicates, unused, conflicting. */
export function Norms() {
  const t = useT(contactsWords);
  const localized = useLocalized();
  const label = useLabel();
  const list = useList();
  const norms = useNorms();
  return (
    <section className="panel" aria-labelledby="norms-title">
      <h2 id="norms-title">{t("norms")}</h2>
      <p className="muted">{t("normsLead")}</p>
      <QueryState query={norms} rows={3}>
        {(report) =>
          report.items.length === 0 ? (
            <EmptyState title={t("normsFine")} hint={t("normsFineHint")} />
          ) : (
            <ul className="line-list">
              {report.items.map((norm, index) => (
                <li key={`${norm.kind}-${String(index)}`}>
                  <div>
                    <div>{list(norm.tags)}</div>
                    <div className="fact-note">{localized(norm)}</div>
                  </div>
                  <StateTag tone="warn">{label("tag_norm", norm.kind)}</StateTag>
                </li>
              ))}
            </ul>
          )
        }
      </QueryState>
    </section>
  );
}
