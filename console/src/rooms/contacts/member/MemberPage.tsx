import { EllipsisOutlined } from "@ant-design/icons";
import { Alert, Button, Dropdown, Segmented } from "antd";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useCan } from "@/api";
import { Page, QueryState, StateTag, Time, useConfirm, useIsPhone, useLabel, useList, useLocalized, useT } from "@/ui";
import { useMember, useMemberActs, useReach } from "../data";
import type { Member } from "../types";
import { contactsWords } from "../words";
import { Consents } from "./Consents";
import { Identities } from "./Identities";
import { MemberTags } from "./MemberTags";
import { MergeDialog, Merges } from "./Merges";
import { Orders, ValueStrip } from "./Orders";
import { useHosts, useValue } from "./orderData";
import { Profile } from "./Profile";
import { Timeline } from "./Timeline";

type Side = "who" | "timeline" | "orders";

function Notices({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const label = useLabel();
  return (
    <>
      {member.merged_into ? <Alert type="info" showIcon title={t("mergedInto")} action={<Link to={`/members/${String(member.merged_into)}`}>{t("goThere")}</Link>} style={{ marginBottom: 16 }} /> : null}
      {member.erased_at ? <Alert type="warning" showIcon title={label("message_reason", "erased")} description={t("erasedHint")} style={{ marginBottom: 16 }} /> : null}
    </>
  );
}

function useActs(member: Member, merge: () => void) {
  const t = useT(contactsWords);
  const can = useCan();
  const confirm = useConfirm();
  const acts = useMemberActs(String(member.id));
  if (member.erased_at || member.merged_into) return null;
  const name = [member.name ?? t("unnamed", { id: member.id }), member.identities.find((item) => item.kind === "external_id")?.masked].filter(Boolean).join(" · ");
  const held = member.suppressions.some((item) => item.channel === "*");
  const suppress = () => confirm({ title: t("suppressTitle", { name }), body: t("suppressBody"), people: 1, act: t("suppressAll"), run: () => acts.suppress.mutateAsync({ channel: "*", reason: t("suppressReason") }) });
  const lift = () => confirm({ title: t("liftTitle", { name }), body: t("liftBody"), people: 1, act: t("lift"), run: () => acts.lift.mutateAsync("*") });
  const erase = () => confirm({ title: t("eraseTitle", { name }), body: <>{t("eraseBody")} {t("irreversible")}</>, people: 1, act: t("erase"), danger: true, run: () => acts.erase.mutateAsync() });
  const more = [
    ...(can("members.write") ? [{ key: "suppress", label: t(held ? "lift" : "suppressAll"), onClick: held ? lift : suppress }] : []),
    ...(can("members.erase") ? [{ key: "erase", danger: true, label: t("erase"), onClick: erase }] : []),
  ];
  return (
    <>
      {can("members.merge") ? <Button onClick={merge}>{t("merge")}</Button> : null}
      {more.length ? <Dropdown trigger={["click"]} menu={{ items: more }}><Button icon={<EllipsisOutlined aria-hidden />} aria-label={t("more")} /></Dropdown> : null}
    </>
  );
}

/** The stage of their life as a customer, and who of the staff they are connected to, since when. */
function Standing({ memberId }: { memberId: number }) {
  const t = useT(contactsWords);
  const localized = useLocalized();
  const stage = useValue(memberId).data?.stage;
  const hosts = useHosts(memberId).data?.items ?? [];
  return (
    <>
      {stage ? <>{t("stage")} {localized(stage)} · </> : null}
      {hosts.map((host) => <span key={`${host.account}:${host.staff}`}>{t("host")} {host.staff} · {t("friendSince")} <Time value={host.since} style="day" /> · </span>)}
    </>
  );
}

function Full({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const list = useList();
  const [merging, setMerging] = useState(false);
  const phone = useIsPhone();
  const [side, setSide] = useState<Side>(phone ? "who" : "timeline");
  const sides: { value: Side; label: string }[] = [{ value: "timeline", label: t("timeline") }, { value: "orders", label: t("orders") }];
  const called = member.name ?? t("unnamed", { id: member.id });
  const reach = useReach([member.id]).data?.get(member.id) ?? [];
  const channels = reach.filter((item) => item.reason === null).map((item) => label("channel", item.channel));
  const acts = useActs(member, () => setMerging(true));
  return (
    <Page
      title={called}
      crumbs={[{ to: "/members", label: t("members") }]}
      tag={channels.length ? <StateTag tone="good">{t("reach")} {list(channels)}</StateTag> : <StateTag tone={member.suppressions.length ? "warn" : "quiet"}>{label("message_reason", reach[0]?.reason ?? null) || t("noReach")}</StateTag>}
      lead={<><Standing memberId={member.id} />{t("source")} {label("source", member.source)} · {t("createdAt")} <Time value={member.created_at} style="day" /> · #{member.id}</>}
      actions={acts}
    >
      <Notices member={member} />
      <div className="stack">
        <ValueStrip memberId={member.id} />
        <Segmented block={phone} style={{ alignSelf: phone ? "stretch" : "flex-start" }} value={side} onChange={setSide} options={phone ? [{ value: "who", label: t("profile") }, ...sides] : sides} aria-label={t("timelineOf")} />
        <div className="member-grid">
          {phone && side !== "who" ? null : (
            <div className="stack">
              <Identities member={member} />
              <MemberTags key={member.updated_at} member={member} />
              <Consents member={member} />
              <Profile member={member} />
              <Merges member={member} />
            </div>
          )}
          {side === "orders" ? <Orders memberId={member.id} /> : phone && side === "who" ? null : <Timeline memberId={String(member.id)} />}
        </div>
      </div>
      {merging ? <MergeDialog member={member} called={called} onClose={() => setMerging(false)} /> : null}
    </Page>
  );
}

export default function MemberPage() {
  const t = useT(contactsWords);
  const { id = "" } = useParams();
  const query = useMember(id);
  if (query.data) return <Full key={id} member={query.data} />;
  return (
    <Page title={t("member")} crumbs={[{ to: "/members", label: t("members") }]}>
      <div className="panel"><QueryState query={query} rows={10}>{() => null}</QueryState></div>
    </Page>
  );
}
