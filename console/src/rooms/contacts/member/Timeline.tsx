import { Button, Select } from "antd";
import { useState } from "react";
import { useCan } from "@/api";
import { EmptyState, ErrorState, format, Loading, Time, useLocalized, useT, useZone } from "@/ui";
import { useTimeline } from "../data";
import type { Fact } from "../types";
import { contactsWords } from "../words";
import { AudiencesThen } from "./AudiencesThen";
import { FACT_FILTERS, FACT_TONES } from "./factKinds";

/** Facts of sending: at these somebody asks which audiences the member was in. */
const SENDING: ReadonlySet<string> = new Set(["message_queued", "message_withheld", "message_sent", "message_delivered", "campaign_sent"]);

/** One thing that happened: what, the rest of it (for a withheld message the reason), and who did it when it was a person. */
function Line({ fact, memberId }: { fact: Fact; memberId: string }) {
  const t = useT(contactsWords);
  const can = useCan();
  const localized = useLocalized();
  const text = localized(fact.text);
  return (
    <li className="fact">
      <span className={`fact-dot ${FACT_TONES[fact.fact] ?? "quiet"}`} aria-hidden="true" />
      <div>
        <div>{localized(fact.title)}</div>
        {fact.message ? <div className="fact-message clip" title={fact.message}>{fact.message}</div> : null}
        {text ? <div className="fact-note">{text}</div> : null}
        {fact.actor.startsWith("user:") ? <div className="fact-note">{t("by", { who: fact.actor_name })}</div> : null}
        {SENDING.has(fact.fact) && can("audiences.read") ? <AudiencesThen memberId={memberId} at={fact.at} /> : null}
      </div>
      <span className="muted"><Time value={fact.at} style="clock" /></span>
    </li>
  );
}

/** Facts under the day they happened on, in the brand's zone. */
function Days({ facts, memberId }: { facts: Fact[]; memberId: string }) {
  const zone = useZone();
  const days = new Map<string, Fact[]>();
  for (const fact of facts) {
    const day = format.time(fact.at, zone, "day");
    days.set(day, [...(days.get(day) ?? []), fact]);
  }
  return (
    <div className="facts">
      {[...days].map(([day, items]) => (
        <section key={day} aria-label={day}>
          <h3 className="fact-day num">{day}</h3>
          <ol>{items.map((fact) => <Line key={fact.id} fact={fact} memberId={memberId} />)}</ol>
        </section>
      ))}
    </div>
  );
}

export function Timeline({ memberId }: { memberId: string }) {
  const t = useT(contactsWords);
  const [filter, setFilter] = useState(0);
  const query = useTimeline(memberId, [...(FACT_FILTERS[filter]?.kinds ?? [])]);
  const facts = query.data?.pages.flatMap((page) => page.items);
  return (
    <section className="panel" aria-labelledby="timeline-title">
      <div className="row wrap between">
        <h2 id="timeline-title" className="panel-title">{t("timeline")}</h2>
        <Select size="small" style={{ width: 150 }} value={filter} aria-label={t("timelineOf")} onChange={setFilter} options={FACT_FILTERS.map((item, index) => ({ value: index, label: t(item.key) }))} />
      </div>
      {facts === undefined ? (
        query.isPending ? <Loading rows={8} /> : <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : facts.length === 0 ? (
        <EmptyState title={t("noFacts")} hint={t("noFactsHint")} />
      ) : (
        <Days facts={facts} memberId={memberId} />
      )}
      {query.hasNextPage ? <Button block style={{ marginTop: 12 }} loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("earlier")}</Button> : null}
    </section>
  );
}
