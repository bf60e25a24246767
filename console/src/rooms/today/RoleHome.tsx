import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { Link } from "react-router";
import { api, ok, useCan, useMe } from "@/api";
import { PersonChip, QueryState, Time, useLocalized, useT } from "@/ui";
import { todayWords } from "./words";

const SHOWN = 8;

function Customers() {
  const t = useT(todayWords);
  const own = useMe().serves !== null;
  const query = useQuery({ queryKey: ["members", "newest", SHOWN], queryFn: () => ok(api.GET("/api/v1/members", { params: { query: { limit: SHOWN } } })) });
  return (
    <section className="panel">
      <div className="row between"><h2>{own ? t("ownCustomers") : t("customers")}</h2><Link to="/members">{t("all")}</Link></div>
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

/** The latest messages; those handed to the staff (`sent`) wait until they are confirmed on the platform. */
function Messages({ toConfirm = false }: { toConfirm?: boolean }) {
  const t = useT(todayWords);
  const state = toConfirm ? { state: "sent" as const } : {};
  const query = useQuery({ queryKey: ["messages", "newest", SHOWN, toConfirm], queryFn: () => ok(api.GET("/api/v1/messages", { params: { query: { limit: SHOWN, ...state } } })) });
  return (
    <section className="panel">
      <div className="row between">
        <h2>{t(toConfirm ? "toConfirm" : "messages")}{toConfirm && query.data?.total ? ` · ${String(query.data.total)}` : ""}</h2>
        <Link to={toConfirm ? "/messages?state=sent" : "/messages"}>{t("all")}</Link>
      </div>
      <QueryState query={query}>
        {(page) => page.items.length === 0 ? <p className="muted">{t(toConfirm ? "toConfirmNone" : "messagesNone")}</p> : (
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

/** The first page of those who do not read reports: the customers and messages that their role is for, and what waits for them. */
export function RoleHome() {
  const t = useT(todayWords);
  const can = useCan();
  const { serves } = useMe();
  return (
    <div className="stack">
      {serves === "" ? <Alert type="info" showIcon role="status" title={t("notLinked")} description={t("notLinkedHint")} /> : null}
      <div className="grid-2">
        {can("members.read") ? <Customers /> : null}
        {can("messages.read") ? serves === null ? <Tasks /> : <Messages toConfirm /> : null}
      </div>
      {can("messages.read") ? <Messages /> : null}
    </div>
  );
}
