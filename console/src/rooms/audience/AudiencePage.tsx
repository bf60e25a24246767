import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Dropdown } from "antd";
import { DeleteOutlined, EditOutlined, MoreOutlined } from "@ant-design/icons";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, ok, useCan } from "@/api";
import { QueryState, Chart, ErrorState, format, Loading, Num, Page, Percent, Stat, Time, useConfirm, useList, useLocale, useT, useZone } from "@/ui";
import { MemberPicker, type PickedMember } from "@/rooms/contacts/MemberPicker";
import { TreeSentence, type Tree } from "@/rooms/audience/tree";
import { AUDIENCES, useAudience, useReachable, type AudienceDetail } from "./data";
import { UsedBy } from "./AudienceList";
import { Members } from "./Members";
import { Reasons } from "./SamplePanel";
import { audienceWords } from "./words";
import "./audience.css";

function Explain({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const [member, setMember] = useState<PickedMember | null>(null);
  const call = useMutation({ mutationFn: (id: string) => ok(api.GET("/api/v1/audiences/{audience_id}/explain/{member_id}", { params: { path: { audience_id: audience.id, member_id: Number(id) } } })) });
  return (
    <section className="panel">
      <h2>{t("explainTitle")}</h2>
      <MemberPicker label={t("explainHint")} value={member} onChange={(picked) => { setMember(picked); if (picked) call.mutate(picked.id); else call.reset(); }} />
      {call.isPending ? <Loading rows={2} /> : null}
      {call.error ? <ErrorState error={call.error} /> : null}
      {call.data && member ? <Reasons explained={call.data} /> : null}
    </section>
  );
}

function Versions({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const versions = audience.versions;
  if (versions.length < 2) return null;
  return (
    <section className="panel">
      <h2>{t("versions")}</h2>
      <ol className="versions">
        {versions.map((version) => (
          <li key={version.version}>
            <div className="row between"><strong>{t("versionN", { n: version.version })}{version.version === audience.version ? ` · ${t("current")}` : ""}</strong><Time value={version.written_at} relative /></div>
            <p><TreeSentence tree={version.tree as Tree} /></p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Actions({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const can = useCan();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const list = useList();
  if (!can("audiences.write")) return null;
  const users = (audience.used_by).map((use) => use.name);
  const remove = (): void => {
    confirm({
      title: t("removeAsk", { name: audience.label }), body: t("removeBody"), act: t("removeAudience"), danger: true, done: t("removed"),
      ...(audience.size === null ? {} : { people: audience.size }),
      run: async () => {
        await ok(api.DELETE("/api/v1/audiences/{audience_id}", { params: { path: { audience_id: audience.id } } }));
        await cache.invalidateQueries({ queryKey: AUDIENCES });
        void navigate("/audiences");
      },
    });
  };
  return (
    <>
      {can("journeys.write") ? <Link className="ant-btn-link-wrap" to={`/journeys/new?audience=${encodeURIComponent(audience.name)}`}><Button>{t("startJourney")}</Button></Link> : null}
      <Button type="primary" icon={<EditOutlined aria-hidden />} onClick={() => void navigate(`/audiences/${String(audience.id)}/edit`)}>{t("edit")}</Button>
      <Dropdown trigger={["click"]} menu={{ items: [{ key: "remove", label: users.length ? t("removeUsed", { names: list(users) }) : t("removeAudience"), icon: <DeleteOutlined aria-hidden />, danger: true, disabled: users.length > 0 }], onClick: remove }}>
        <Button icon={<MoreOutlined aria-hidden />} aria-label={t("more")} />
      </Dropdown>
    </>
  );
}

function Detail({ audience }: { audience: AudienceDetail }) {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  const zone = useZone();
  const history = audience.history;
  const reach = useReachable({ audience: audience.name } as Tree, `${audience.name} ${audience.refreshed_at ?? ""}`, audience.refreshed_at !== null).data;
  return (
    <Page title={audience.label || audience.name} crumbs={[{ to: "/audiences", label: t("title") }]} lead={audience.sentence[locale]} actions={<Actions audience={audience} />}>
      <div className="stack">
        {audience.trouble ? <Alert type="warning" showIcon title={t(audience.trouble === "unreadable" ? "troubleUnreadable" : "troubleFailed")} description={t(audience.trouble === "unreadable" ? "troubleUnreadableHint" : "troubleFailedHint")} /> : null}
        <section className="panel stats">
          <Stat label={t("size")} value={audience.size === null ? <span className="audience-pending">{t("counting")}</span> : <Num value={audience.size} />} note={audience.share === null || audience.share === undefined ? null : <><Percent share={audience.share} /> {t("share")}</>} />
          <Stat label={t("reachable")} value={<Num value={reach?.reachable} />} note={t("reachableNote")} />
          <Stat label={t("freshness")} value={<Time value={audience.refreshed_at} relative />} note={audience.due_at ? t("dueHint", { time: format.time(audience.due_at, zone) }) : <Time value={audience.refreshed_at} zone />} />
          <Stat label={t("usedBy")} value={(audience.used_by).length} note={<UsedBy audience={audience} />} />
        </section>
        <div className="grid-side">
          <div className="stack">
            {history.length > 1 ? (
              <section className="panel">
                <h2>{t("overTime")}</h2>
                <Chart kind="area" label={t("overTime")} x={history.map((point) => format.time(point.at, zone, "day").slice(5))} series={[{ name: t("size"), data: history.map((point) => point.size) }]} height={200} />
              </section>
            ) : null}
            <Members audience={audience} />
          </div>
          <div className="stack">
            <Explain audience={audience} />
            <Versions audience={audience} />
          </div>
        </div>
      </div>
    </Page>
  );
}

export default function AudiencePage() {
  const { id } = useParams();
  const query = useAudience(id);
  return <QueryState query={query}>{(audience) => <Detail audience={audience} />}</QueryState>;
}
