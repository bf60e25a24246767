import { Button, Select } from "antd";
import { useState } from "react";
import { EmptyState, ErrorState, format, Loading, Time, useBoth, useLocale, useName, useT, useZone } from "@/ui";
import { useTimeline } from "../data";
import type { Fact } from "../types";
import { contactsWords } from "../words";
import { FACT_FILTERS, FACT_TONES, factWords } from "./factWords";

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** A fact's properties in words: codes named, money with its sign. */
function useProps(): (fact: Fact) => Record<string, string> {
  const name = useName();
  const { locale } = useLocale();
  return (fact) =>
    Object.fromEntries(
      Object.entries(fact.props).map(([key, value]) => {
        if (key === "channel") return [key, name("channel", text(value))];
        if (key === "amount" && typeof value === "number") return [key, format.money(value, locale)];
        if (key === "kind" && fact.name.startsWith("identity_")) return [key, name("identity", text(value))];
        if (key === "source") return [key, name("source", text(value))];
        return [key, text(value)];
      }),
    );
}

function Line({ fact }: { fact: Fact }) {
  const t = useT(factWords);
  const w = useT(contactsWords);
  const both = useBoth();
  const name = useName();
  const props = useProps()(fact);
  const known = fact.name in factWords;
  const reason = text(fact.props["reason"]);
  return (
    <li className="fact">
      <span className={`fact-dot ${FACT_TONES[fact.name] ?? "quiet"}`} aria-hidden="true" />
      <div>
        <div>{known ? t(fact.name as keyof typeof factWords, props) : both(fact)}</div>
        {reason ? <div className="fact-note">{w("why", { reason: name("reason", reason) })}</div> : null}
        {fact.name === "message_withheld" || !props["source"] || fact.name === "member_created" || fact.name.startsWith("order") ? null : <div className="fact-note">{props["source"]}</div>}
      </div>
      <span className="muted"><Time value={fact.occurred_at} style="clock" /></span>
    </li>
  );
}

/** Facts under the day they happened on, in the brand's zone. */
function Days({ facts }: { facts: Fact[] }) {
  const zone = useZone();
  const days = new Map<string, Fact[]>();
  for (const fact of facts) {
    const day = format.time(fact.occurred_at, zone, "day");
    days.set(day, [...(days.get(day) ?? []), fact]);
  }
  return (
    <div className="facts">
      {[...days].map(([day, items]) => (
        <section key={day} aria-label={day}>
          <h3 className="fact-day num">{day}</h3>
          <ol>{items.map((fact) => <Line key={fact.id} fact={fact} />)}</ol>
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
        <Days facts={facts} />
      )}
      {query.hasNextPage ? <Button block style={{ marginTop: 12 }} loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("earlier")}</Button> : null}
    </section>
  );
}
