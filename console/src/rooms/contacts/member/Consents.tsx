import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Select } from "antd";
import { useCallback, useState } from "react";
import { api, ok, useCan, useChannels } from "@/api";
import { FormBanner, FormField, Time, useApiForm, useCodes, useConfirm, useLabel, useNotify, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { MEMBERS, useMemberActs } from "../data";
import type { Member } from "../types";
import { contactsWords } from "../words";

interface Stated {
  source: string;
  purpose: string;
  proof: string;
}

/** A member's consent with where it was given, for what, and what proves it. */
function ConsentDialog({ memberId, channel, onClose }: { memberId: string; channel: string; onClose: () => void }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const notify = useNotify();
  const sources = useCodes("consent_source");
  const { consent } = useMemberActs(memberId);
  const [form] = Form.useForm<Stated>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const { mutateAsync } = consent;
  const send = useCallback((stated: Stated) => mutateAsync({ channel, state: "given", ...stated }), [channel, mutateAsync]);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (stated: Stated) => {
    if (!(await submit(stated))) return;
    notify.done();
    onClose();
  };
  return (
    <Modal open title={t("consentOn", { channel: label("channel", channel) })} okText={t("recordConsent")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <p className="muted" style={{ marginBottom: 12 }}>{t("consentOnBody")}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ purpose: "marketing" }} onFinish={(stated: Stated) => void act(stated)}>
        <FormBanner text={banner} />
        <FormField name="source" label={t("consentSource")} rules={[{ required: true, message: t("needed") }]}>
          <Select placeholder={t("consentSourceHint")} options={sources.map((value) => ({ value, label: label("consent_source", value) }))} />
        </FormField>
        <FormField name="purpose" label={t("consentPurpose")}>
          <Select options={[{ value: "marketing", label: label("message_purpose", "marketing") }]} />
        </FormField>
        <FormField name="proof" label={t("consentProof")} extra={t("consentProofHint")} rules={[{ required: true, whitespace: true, message: t("needed") }]}>
          <Input.TextArea maxLength={500} autoSize={{ minRows: 2 }} />
        </FormField>
      </Form>
    </Modal>
  );
}

export function Consents({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const can = useCan();
  const confirm = useConfirm();
  const cache = useQueryClient();
  const { consent } = useMemberActs(String(member.id));
  const consented = useChannels().filter((channel) => channel.consent).map((channel) => channel.name);
  const channels = [...new Set([...consented, ...member.consents.map((item) => item.channel)])];
  const [giving, setGiving] = useState<string | null>(null);
  const withdraw = (channel: string) => {
    confirm({
      title: t("consentOff", { channel: label("channel", channel) }),
      body: t("consentOffBody"),
      people: 1,
      act: t("optOut"),
      danger: true,
      run: () => consent.mutateAsync({ channel, state: "withdrawn", source: "manual", purpose: "marketing" }),
    });
  };
  const mayChange = can("members.write") && member.erased_at === null;
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
                  {row ? <> · {t("consentFor", { purpose: label("message_purpose", row.purpose) })}</> : null}
                </div>
                {row?.proof ? <div className="fact-note">{t("proofIs", { proof: row.proof })}</div> : null}
                {blocked ? <div className="fact-note" style={{ color: "var(--warning-text)" }}>{t("suppressed", { reason: label("message_reason", blocked.reason) })}</div> : null}
              </div>
              {mayChange ? (row?.state === "given"
                ? <Button size="small" type="text" danger aria-label={`${t("optOut")} ${label("channel", channel)}`} onClick={() => withdraw(channel)}>{t("optOut")}</Button>
                : <Button size="small" aria-label={`${t("recordConsent")} ${label("channel", channel)}`} onClick={() => setGiving(channel)}>{t("recordConsent")}</Button>) : null}
            </li>
          );
        })}
      </ul>
      {can("members.write") && member.erased_at === null ? <Button type="link" size="small" style={{ paddingInline: 0 }} onClick={revoke}>{t("revokeLinks")}</Button> : null}
      {giving ? <ConsentDialog memberId={String(member.id)} channel={giving} onClose={() => setGiving(null)} /> : null}
    </section>
  );
}
