import { Switch } from "antd";
import { useCan, useChannels } from "@/api";
import { Time, useConfirm, useLabel, useT } from "@/ui";
import { useMemberActs } from "../data";
import type { Member } from "../types";
import { contactsWords } from "../words";

export function Consents({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const can = useCan();
  const confirm = useConfirm();
  const { consent } = useMemberActs(String(member.id));
  const asked = useChannels().filter((channel) => channel.consent).map((channel) => channel.name);
  const channels = [...new Set([...asked, ...member.consents.map((item) => item.channel)])];
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
    </section>
  );
}
