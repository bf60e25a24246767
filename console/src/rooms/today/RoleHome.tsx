import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, ok, useCan } from "@/api";
import { PersonChip, QueryState, Time, useLocalized, useT } from "@/ui";
import { todayWords } from "./words";

const SHOWN = 8;

function Customers() {
  const t = useT(todayWords);
  const query = useQuery({ queryKey: ["members", "newest", SHOWN], queryFn: () => ok(api.GET("/api/v1/members", { params: { query: { limit: SHOWN } } })) });
  return (
    <section className="panel">
      <div className="row between"><h2>{t("customers")}</h2><Link to="/members">{t("all")}</Link></div>
      <QueryState query={query}>
        {(page) => page.items.length === 0 ? <p className="muted">{t("customersNone")}</p> : (
          <ul className="today-list">
            {page.items.map((member) => <li key={member.id}><PersonChip name={member.name} href={`/members/${String(member.id)}`} /></li>)}
          </ul>
        )}
      </QueryState>
    </section>
  );
}

/** What became of messages, by state: what was left undone is found behind its line. */
function Tasks() {
  const t = useT(todayWords);
  const localized = useLocalized();
  const query = useQuery({ queryKey: ["messages", "summary", "today"], queryFn: () => ok(api.GET("/api/v1/messages/summary")), refetchInterval: 60_000 });
  return (
    <section className="panel">
      <div className="row between"><h2>{t("messageStates")}</h2><Link to="/messages">{t("all")}</Link></div>
      <QueryState query={query}>
        {(summary) => summary.total === 0 ? <p className="muted">{t("messagesNone")}</p> : (
          <ul className="today-list">
            {summary.states.filter((state) => state.count > 0).map((state) => (
              <li key={state.state} className="row between">
                <Link to={`/messages?state=${state.state}`}>{localized(state)}</Link>
                <strong className="num">{state.count}</strong>
              </li>
            ))}
          </ul>
        )}
      </QueryState>
    </section>
  );
}

function Messages() {
  const t = useT(todayWords);
  const query = useQuery({ queryKey: ["messages", "newest", SHOWN], queryFn: () => ok(api.GET("/api/v1/messages", { params: { query: { limit: SHOWN } } })) });
  return (
    <section className="panel">
      <div className="row between"><h2>{t("messages")}</h2><Link to="/messages">{t("all")}</Link></div>
      <QueryState query={query}>
        {(page) => page.items.length === 0 ? <p className="muted">{t("messagesNone")}</p> : (
          <ul className="today-list">
            {page.items.map((message) => (
              <li key={message.id}>
                <PersonChip name={message.member_name} note={message.text ?? message.template_name} href={`/members/${String(message.member_id)}`} />
                <Time value={message.planned_at} relative />
              </li>
            ))}
          </ul>
        )}
      </QueryState>
    </section>
  );
}

/** The first page of those who do not read reports: the customers and messages that their role is for. */
export function RoleHome() {
  const can = useCan();
  return (
    <div className="stack">
      <div className="grid-2">
        {can("members.read") ? <Customers /> : null}
        {can("messages.read") ? <Tasks /> : null}
      </div>
      {can("messages.read") ? <Messages /> : null}
    </div>
  );
}
