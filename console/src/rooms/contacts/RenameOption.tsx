import { Form, Input, Modal, Select } from "antd";
import { useCallback } from "react";
import type { Schemas } from "@/api";
import { FormBanner, FormField, useApiForm, useT } from "@/ui";
import { useAttributeActs } from "./data";
import type { AttributeDef } from "./types";
import { contactsWords } from "./words";

type Values = Schemas["OptionRename"];

/** Another name for an option: whoever has it and whatever uses it follows. */
export function RenameOption({ attribute, onClose }: { attribute: AttributeDef; onClose: () => void }) {
  const t = useT(contactsWords);
  const { renameOption } = useAttributeActs();
  const [form] = Form.useForm<Values>();
  const send = useCallback((body: Values) => renameOption.mutateAsync({ name: attribute.name, body }), [attribute.name, renameOption]);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Values) => {
    if (await submit(values)) onClose();
  };
  const needed = [{ required: true, whitespace: true, message: t("needed") }];
  return (
    <Modal open title={`${t("renameOption")} · ${attribute.label}`} okText={t("save")} cancelText={t("cancel")} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values: Values) => void act(values)}>
        <FormBanner text={banner} />
        <p className="muted">{t("renameOptionHint")}</p>
        <FormField name="option" label={t("optionNow")} rules={needed}><Select options={(attribute.options ?? []).map((value) => ({ value, label: value }))} /></FormField>
        <FormField name="name" label={t("optionNext")} rules={needed}><Input maxLength={120} autoComplete="off" /></FormField>
      </Form>
    </Modal>
  );
}
