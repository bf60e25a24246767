import { useQueryClient } from "@tanstack/react-query";
import { Button, Switch } from "antd";
import { api, ok, useCan, useChannels } from "@/api";
import { Time, useConfirm, useLabel, useT } from "@/ui";
import { MEMBERS, useMemberActs } from "../data";
import type { Member } from "../types";
import { contactsWords } from "../words";

export function Consents({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const can = useCan();
  const confirm = useConfirm();
  const cache = useQueryClient();
  const { consent } = useMemberActs(String(member.id));
  const consented = useChannels().filter((channel) => channel.consent).map((channel) => channel.name);
  const channels = [...new Set([...consented, ...member.consents.map((item) => item.channel)])];
  const toggle = (channel: string, on: boolean) => {
    const called = label("channel", channel);
    confirm({
      title: t(on ? "consentOn" : "consentOff", { channel: called }),
      body: t(on ? "consentOnBody" : "consentOffBody"),
      people: 1,
      act: t(on ? "optIn" : "optOut"),
      danger: !on,
      run: () => consent.mutateAsync({ channel, state: on ? "given" : "withdrawn" }),
    });
  };
  const revoke = () => {
    confirm({
      title: t("revokeLinksTitle"),
      body: t("revokeLinksBody"),
      act: t("revokeLinks"),
      danger: true,
      done: t("linksRevoked"),
      run: async () => {
        await ok(api.DELETE("/api/v1/members/{member_id}/preference-links", { params: { path: { member_id: member.id } } }));
        await cache.invalidateQueries({ queryKey: MEMBERS });
      },
    });
  };
  return (
    <section className="panel" aria-labelledby="consents-title">
      <h2 id="consents-title">{t("consents")}</h2>
      <p className="muted" style={{ marginBottom: 4 }}>{t("consentsHint")}</p>
      <ul className="line-list">
        {channels.map((channel) => {
          const row = member.consents.find((item) => item.channel === channel);
          const blocked = member.suppressions.find((item) => item.channel === channel || item.channel === "*");
          return (
            <li key={channel}>
              <div>
                <div>{label("channel", channel)}</div>
                <div className="fact-note">
                  {label("consent", row?.state ?? "unknown")}
                  {row?.changed_at ? <> · <Time value={row.changed_at} style="day" /></> : null}
                  {row?.source ? <> · {label("source", row.source)}</> : null}
                </div>
                {blocked ? <div className="fact-note" style={{ color: "var(--warning-text)" }}>{t("suppressed", { reason: label("message_reason", blocked.reason) })}</div> : null}
              </div>
              <Switch checked={row?.state === "given"} disabled={!can("members.write") || member.erased_at !== null} aria-label={label("channel", channel)} onChange={(on) => toggle(channel, on)} />
            </li>
          );
        })}
      </ul>
      {can("members.write") && member.erased_at === null ? <Button type="link" size="small" style={{ paddingInline: 0 }} onClick={revoke}>{t("revokeLinks")}</Button> : null}
    </section>
  );
}
