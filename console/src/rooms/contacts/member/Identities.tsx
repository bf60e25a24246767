import { CloseOutlined, EyeOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Select } from "antd";
import { useCallback, useState } from "react";
import { useCan } from "@/api";
import { FormBanner, FormField, useApiForm, useConfirm, useLabel, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { revealed, useMemberActs } from "../data";
import type { Member } from "../types";
import { contactsWords } from "../words";

const KINDS = ["phone", "email", "external_userid", "unionid", "openid", "external_id", "anonymous"];

function AddIdentity({ memberId, onClose }: { memberId: string; onClose: () => void }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const { identify } = useMemberActs(memberId);
  const [form] = Form.useForm<{ kind: string; value: string }>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const send = useCallback((body: { kind: string; value: string }) => identify.mutateAsync(body), [identify]);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: { kind: string; value: string }) => {
    if (await submit(values)) onClose();
  };
  return (
    <Modal open title={t("addIdentity")} okText={t("add")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ kind: "phone" }} onFinish={(values: { kind: string; value: string }) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="kind" label={t("identityKind")}><Select options={KINDS.map((kind) => ({ value: kind, label: label("identity", kind) }))} /></FormField>
        <FormField name="value" label={t("identityValue")} rules={[{ required: true, whitespace: true, message: t("needed") }]}><Input maxLength={200} autoComplete="off" /></FormField>
      </Form>
    </Modal>
  );
}

/** Identities, masked. Showing them in clear is asked once more and put on record by the server. */
export function Identities({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const can = useCan();
  const confirm = useConfirm();
  const [clear, setClear] = useState<Record<string, string> | null>(null);
  const [adding, setAdding] = useState(false);
  const id = String(member.id);
  const { unlink } = useMemberActs(id);
  const reveal = () => {
    confirm({ title: t("revealTitle"), body: t("revealBody"), act: t("reveal"), run: async () => setClear(await revealed(id)) });
  };
  return (
    <section className="panel" aria-labelledby="identities-title">
      <div className="row between">
        <h2 id="identities-title" className="panel-title">{t("identities")}</h2>
        <span>
          {can("members.reveal") && member.identities.length > 0 && !clear ? <Button type="text" size="small" icon={<EyeOutlined aria-hidden />} onClick={reveal}>{t("reveal")}</Button> : null}
          {can("members.write") && !member.erased_at ? <Button type="text" size="small" icon={<PlusOutlined aria-hidden />} aria-label={t("addIdentity")} onClick={() => setAdding(true)} /> : null}
        </span>
      </div>
      {member.identities.length === 0 ? <p className="muted">{t("noIdentities")}</p> : null}
      <ul className="line-list">
        {member.identities.map((identity) => (
          <li key={identity.id}>
            <span className="muted">{label("identity", identity.kind)}</span>
            <span className="row" style={{ gap: 4 }}>
              <span className="num" style={{ overflowWrap: "anywhere", textAlign: "end" }}>{clear?.[String(identity.id)] ?? identity.masked}</span>
              {can("members.write") ? (
                <Button
                  type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={`${t("unlink")} ${identity.masked}`}
                  onClick={() => confirm({ title: t("unlinkTitle"), body: t("unlinkBody", { value: identity.masked }), people: 1, act: t("unlink"), danger: true, run: () => unlink.mutateAsync(identity.id) })}
                />
              ) : null}
            </span>
          </li>
        ))}
      </ul>
      {clear ? <p className="muted" role="status" style={{ marginTop: 8, fontSize: 12 }}>{t("revealed")}</p> : null}
      {adding ? <AddIdentity memberId={id} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}
