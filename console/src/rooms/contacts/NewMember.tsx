import { Form, Input, Modal } from "antd";
import { useCallback } from "react";
import { useNavigate } from "react-router";
import { FormBanner, FormField, useApiForm, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { useListActs } from "./data";
import { contactsWords } from "./words";

interface Values {
  name: string;
  phone?: string;
}

export function NewMember({ onClose }: { onClose: () => void }) {
  const t = useT(contactsWords);
  const navigate = useNavigate();
  const { create } = useListActs();
  const [form] = Form.useForm<Values>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const send = useCallback(
    async (values: Values) => {
      const phone = values.phone?.trim();
      const made = await create.mutateAsync({ name: values.name.trim(), identities: phone ? [{ kind: "phone", value: phone }] : [], attributes: {}, tags: [], consents: {} });
      await navigate(`/members/${String(made.id)}`);
    },
    [create, navigate],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  return (
    <Modal open title={t("newMember")} okText={t("create")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values: Values) => void submit(values)}>
        <FormBanner text={banner} />
        <FormField name="name" label={t("name")} rules={[{ required: true, whitespace: true, message: t("needed") }]}><Input maxLength={120} autoComplete="off" /></FormField>
        <FormField name="phone" label={t("phone")} optional><Input type="tel" maxLength={32} autoComplete="off" /></FormField>
      </Form>
    </Modal>
  );
}
