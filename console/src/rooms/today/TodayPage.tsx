import { Button } from "antd";
import { Link } from "react-router";
import { Asked, Page, StateTag, Time, useBoth, useT } from "@/ui";
import { useToday, type Need, type Today } from "./api";
import { Flows } from "./Flows";
import { Start } from "./Start";
import { todayWords } from "./words";
import "./today.css";

function Health({ health }: { health: Today["health"] }) {
  const both = useBoth();
  return (
    <section className={`health ${health.tone}`}>
      <div className="grow">
        <p className="health-text">{both(health.text)}</p>
        {health.cause ? <p className="muted">{both(health.cause)}</p> : null}
      </div>
      {health.action ? <Link to={health.action.to}><Button type="primary">{both(health.action.label)}</Button></Link> : null}
    </section>
  );
}

function List({ title, none, items }: { title: string; none: string; items: Need[] }) {
  const t = useT(todayWords);
  const both = useBoth();
  return (
    <section className="panel">
      <h2>{title}</h2>
      {items.length === 0 ? <p className="muted">{none}</p> : (
        <ul className="today-list">
          {items.map((item) => (
            <li key={`${item.kind}:${item.text.en}`} className="row between">
              <StateTag tone={item.tone}>{both(item.text)}</StateTag>
              {item.to ? <Link to={item.to} className="nowrap">{t("look")}</Link> : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** How the shop is, what flows, what needs me, what is running. */
export default function TodayPage() {
  const t = useT(todayWords);
  const query = useToday();
  return (
    <Page title={t("title")} lead={query.data ? <Time value={query.data.as_of} zone /> : null}>
      <Asked query={query}>
        {(today) =>
          today.empty ? <Start /> : (
            <div className="stack">
              <Health health={today.health} />
              <Flows flows={today.flows} />
              <div className="grid-2">
                <List title={t("needs")} none={t("needsNone")} items={today.needs} />
                <List title={t("running")} none={t("runningNone")} items={today.running} />
              </div>
            </div>
          )
        }
      </Asked>
    </Page>
  );
}
