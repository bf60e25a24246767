import { Checkbox, Form, Input, InputNumber, Modal, Radio } from "antd";
import { useCallback } from "react";
import { useMe } from "@/api";
import { FormBanner, FormField, useApiForm, useCodes, useLabel, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { useTagActs } from "./data";
import type { GroupIn } from "./data";
import type { TagGroup } from "./types";
import { contactsWords } from "./words";

export function TagGroupForm({ group, onClose }: { group: TagGroup | null; onClose: () => void }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const kinds = useCodes("tag_group_kind");
  const me = useMe();
  const { saveGroup } = useTagActs();
  const [form] = Form.useForm<GroupIn>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const send = useCallback((values: GroupIn) => saveGroup.mutateAsync({ id: group?.id ?? null, body: { ...values, days: values.days ?? null } }), [group, saveGroup]);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: GroupIn) => {
    if (await submit(values)) onClose();
  };
  const initial = group ?? { name: "", kind: "manual", owner: me.user.name, exclusive: false, days: null };
  return (
    <Modal open title={t(group ? "editGroup" : "newGroup")} okText={t("save")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={(values: GroupIn) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="name" label={t("groupName")} rules={[{ required: true, whitespace: true, message: t("needed") }]}><Input maxLength={120} /></FormField>
        <FormField name="kind" label={t("groupKind")}>
          <Radio.Group options={kinds.map((value) => ({ value, label: label("tag_group_kind", value) }))} />
        </FormField>
        <FormField name="owner" label={t("owner")}><Input maxLength={120} /></FormField>
        <FormField name="days" label={t("days")} extra={t("daysHint")}><InputNumber precision={0} style={{ width: 160 }} /></FormField>
        <FormField name="exclusive" valuePropName="checked"><Checkbox>{t("exclusive")}：{t("exclusiveHint")}</Checkbox></FormField>
      </Form>
    </Modal>
  );
}
