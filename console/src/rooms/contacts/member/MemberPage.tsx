import { EllipsisOutlined } from "@ant-design/icons";
import { Alert, Button, Dropdown, Segmented } from "antd";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useCan } from "@/api";
import { Asked, Page, StateTag, Time, useIsPhone, useList, useName, useT } from "@/ui";
import { useMember } from "../data";
import type { Member } from "../types";
import { contactsWords } from "../words";
import { Consents } from "./Consents";
import { EraseDialog } from "./EraseDialog";
import { Identities } from "./Identities";
import { MemberTags } from "./MemberTags";
import { MergeDialog, Merges } from "./Merges";
import { Orders, ValueStrip } from "./Orders";
import { Profile } from "./Profile";
import { Timeline } from "./Timeline";

type Side = "who" | "timeline" | "orders";

function Notices({ member }: { member: Member }) {
  const t = useT(contactsWords);
  return (
    <>
      {member.merged_into ? <Alert type="info" showIcon title={t("mergedInto")} action={<Link to={`/members/${String(member.merged_into)}`}>{t("goThere")}</Link>} style={{ marginBottom: 16 }} /> : null}
      {member.erased_at ? <Alert type="warning" showIcon title={t("erased")} description={t("erasedHint")} style={{ marginBottom: 16 }} /> : null}
    </>
  );
}

function useActs(member: Member, open: (dialog: "merge" | "erase") => void) {
  const t = useT(contactsWords);
  const can = useCan();
  if (member.erased_at) return null;
  const more = can("members.erase") ? [{ key: "erase", danger: true, label: t("erase"), onClick: () => open("erase") }] : [];
  return (
    <>
      {can("members.merge") ? <Button onClick={() => open("merge")}>{t("merge")}</Button> : null}
      {more.length ? <Dropdown trigger={["click"]} menu={{ items: more }}><Button icon={<EllipsisOutlined />} aria-label={t("more")} /></Dropdown> : null}
    </>
  );
}

function Full({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const name = useName();
  const list = useList();
  const [dialog, setDialog] = useState<"merge" | "erase" | null>(null);
  const phone = useIsPhone();
  const [side, setSide] = useState<Side>(phone ? "who" : "timeline");
  const sides: { value: Side; label: string }[] = [{ value: "timeline", label: t("timeline") }, { value: "orders", label: t("orders") }];
  const called = member.name ?? t("unnamed", { id: member.id });
  const channels = member.consents.filter((item) => item.state === "given").map((item) => name("channel", item.channel));
  const acts = useActs(member, setDialog);
  return (
    <Page
      title={called}
      crumbs={[{ to: "/members", label: t("members") }]}
      tag={channels.length ? <StateTag tone="good">{t("reach")} {list(channels)}</StateTag> : <StateTag>{t("noReach")}</StateTag>}
      lead={<>{t("source")} {name("source", member.source)} · {t("createdAt")} <Time value={member.created_at} style="day" /> · #{member.id}</>}
      actions={acts}
    >
      <Notices member={member} />
      <div className="stack">
        <ValueStrip memberId={member.id} />
        <Segmented block={phone} value={side} onChange={setSide} options={phone ? [{ value: "who", label: t("profile") }, ...sides] : sides} aria-label={t("timelineOf")} />
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
      {dialog === "merge" ? <MergeDialog member={member} called={called} onClose={() => setDialog(null)} /> : null}
      {dialog === "erase" ? <EraseDialog memberId={String(member.id)} onClose={() => setDialog(null)} /> : null}
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
      <div className="panel"><Asked query={query} rows={10}>{() => null}</Asked></div>
    </Page>
  );
}
