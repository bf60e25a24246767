import { Button, Progress, Tooltip } from "antd";
import { Link } from "react-router";
import { useCan } from "@/api";
import { QueryState, format, Page, StateTag, Time, useLocalized, useLocale, useT, type Tone } from "@/ui";
import { useToday, type AreaName, type Health, type Level, type Today, type Work } from "./data";
import { Flows } from "./Flows";
import { RoleHome } from "./RoleHome";
import { Start } from "./Start";
import { todayWords } from "./words";
import "./today.css";

const TONES: Record<Level, Tone> = { good: "good", watch: "warn", bad: "bad", unknown: "quiet" };

const NEXT: Record<AreaName, string> = {
  acquisition: "/insight/flows",
  activity: "/journeys/new",
  retention: "/insight/retention",
  conversion: "/insight/funnel",
  fission: "/insight",
  calm: "/settings/calm",
};

function HealthCard({ health }: { health: Health }) {
  const t = useT(todayWords);
  const localized = useLocalized();
  const scored = health.areas.filter((area) => area.score !== null);
  return (
    <section className={`health ${TONES[health.level]}`}>
      <div className="grow">
        <p className="health-text">{localized(health.sentence)}</p>
        {scored.length ? (
          <ul className="health-areas" aria-label={t("areas")}>
            {scored.map((area) => (
              <li key={area.key}>
                <Tooltip title={localized(area.cause)}>
                  <span tabIndex={0}><StateTag tone={TONES[area.level]}>{localized(area.label)} <strong className="num">{area.figure}</strong></StateTag></span>
                </Tooltip>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      {health.silent.length ? <Link to="/imports"><Button type="primary">{t("checkSources")}</Button></Link> : null}
      {health.area ? <Link to={NEXT[health.area]}><Button type="primary">{t(`do_${health.area}`)}</Button></Link> : null}
    </section>
  );
}

function placeOf(work: Work): string {
  switch (work.kind) {
    case "import":
      return work.id === null ? "/imports" : `/imports/${String(work.id)}`;
    case "journey":
      return `/journeys/${String(work.id ?? "")}`;
    case "messages_in_doubt":
      return "/messages?state=in_doubt";
    case "messages_waiting":
      return "/messages?state=queued";
    case "messages_held":
      return "/messages?state=held";
    case "messages_failed":
      return "/messages?state=failed&days=1";
    case "account_trouble":
      return "/settings/accounts";
  }
}

interface ListProps {
  title: string;
  none: string;
  items: Work[];
  act: string;
}

function List({ title, none, items, act }: ListProps) {
  const localized = useLocalized();
  return (
    <section className="panel">
      <h2>{title}</h2>
      {items.length === 0 ? <p className="muted">{none}</p> : (
        <ul className="today-list">
          {items.map((item) => (
            <li key={`${item.kind}:${String(item.id)}`}>
              <div className="row between"><span>{localized(item.text)}</span><Link to={placeOf(item)} className="nowrap">{act}</Link></div>
              {item.kind === "import" && item.done !== null && item.total ? <Progress percent={Math.round((item.done / item.total) * 100)} size="small" showInfo={false} aria-label={localized(item.text)} /> : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Shop({ today }: { today: Today }) {
  const t = useT(todayWords);
  const open = today.start.some((step) => !step.done);
  return (
    <div className="stack">
      <HealthCard health={today.health} />
      <Flows flows={today.flows} />
      <div className="grid-2">
        <List title={t("needs")} none={t("needsNone")} items={today.needs} act={t("handle")} />
        <List title={t("running")} none={t("runningNone")} items={today.running} act={t("look")} />
      </div>
      {open ? <Start steps={today.start} /> : null}
    </div>
  );
}

/** How the shop is, what flows, what needs me, what is running. */
function ShopToday() {
  const t = useT(todayWords);
  const { locale } = useLocale();
  const query = useToday();
  const today = query.data;
  const lead = today && !today.empty ? (
    <>{t("reach", { members: format.compact(today.members, locale), reachable: format.compact(today.reachable, locale) })} · <Time value={today.as_of} zone /></>
  ) : null;
  return (
    <Page title={t("title")} lead={lead}>
      <QueryState query={query}>{(today) => (today.empty ? <Start steps={today.start} /> : <Shop today={today} />)}</QueryState>
    </Page>
  );
}

/** The first page, by what the role may see. */
export default function TodayPage() {
  const t = useT(todayWords);
  const can = useCan();
  return can("reports.read") ? <ShopToday /> : <Page title={t("title")}><RoleHome /></Page>;
}
