import { Alert, Form, Input, Modal } from "antd";
import { useCallback } from "react";
import { FormBanner, FormField, useApiForm, useT } from "@/ui";
import { useMemberActs } from "../data";
import { contactsWords } from "../words";

/** Erasing is for ever, so the ground for it must be written down first. */
export function EraseDialog({ memberId, onClose }: { memberId: string; onClose: () => void }) {
  const t = useT(contactsWords);
  const { erase } = useMemberActs(memberId);
  const [form] = Form.useForm<{ reason: string }>();
  const send = useCallback((values: { reason: string }) => erase.mutateAsync(values.reason.trim()), [erase]);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: { reason: string }) => {
    if (await submit(values)) onClose();
  };
  return (
    <Modal open title={t("eraseTitle")} okText={t("erase")} okButtonProps={{ danger: true }} cancelText={t("cancel")} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()}>
      <div className="stack">
        <Alert type="warning" showIcon title={`${t("touched", { n: 1 })} · ${t("irreversible")}`} description={t("eraseBody")} />
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(values: { reason: string }) => void act(values)}>
          <FormBanner text={banner} />
          <FormField name="reason" label={t("eraseReason")} rules={[{ required: true, whitespace: true, message: t("needed") }]}><Input maxLength={500} /></FormField>
        </Form>
      </div>
    </Modal>
  );
}
