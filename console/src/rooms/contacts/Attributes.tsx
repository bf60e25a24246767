import { PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Select } from "antd";
import { useCallback, useState } from "react";
import { useCan } from "@/api";
import { DataTable, EmptyState, FormBanner, FormField, Page, Time, useApiForm, useList, useT } from "@/ui";
import { useAddAttribute, useAttributes } from "./data";
import type { AttributeDef } from "./types";
import { contactsWords, contactWord } from "./words";

const TYPES = ["text", "number", "money", "boolean", "date", "choice", "list"] as const;

interface Values {
  name: string;
  label: string;
  type: string;
  options?: string[];
}

function NewAttribute({ onClose }: { onClose: () => void }) {
  const t = useT(contactsWords);
  const add = useAddAttribute();
  const [form] = Form.useForm<Values>();
  const type = Form.useWatch("type", form);
  const send = useCallback((values: Values) => add.mutateAsync({ ...values, options: values.options ?? null }), [add]);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Values) => {
    if (await submit(values)) onClose();
  };
  const needed = [{ required: true, whitespace: true, message: t("needed") }];
  return (
    <Modal open title={t("newAttribute")} okText={t("create")} cancelText={t("cancel")} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ type: "text" }} onFinish={(values: Values) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="label" label={t("attributeLabel")} rules={needed}><Input maxLength={120} /></FormField>
        <FormField name="name" label={t("attributeName")} extra={t("attributeNameHint")} rules={needed}><Input maxLength={64} autoComplete="off" /></FormField>
        <FormField name="type" label={t("attributeType")}><Select options={TYPES.map((value) => ({ value, label: t(`type_${value}`) }))} /></FormField>
        {type === "choice" || type === "list" ? <FormField name="options" label={t("options")} extra={t("optionsHint")}><Select mode="tags" open={false} suffixIcon={null} /></FormField> : null}
      </Form>
    </Modal>
  );
}

export default function Attributes() {
  const t = useT(contactsWords);
  const can = useCan();
  const list = useList();
  const [making, setMaking] = useState(false);
  const query = useAttributes();
  const typed = (def: AttributeDef): string => {
    const word = contactWord("type", def.type);
    return word ? t(word) : def.type;
  };
  const rows = query.data?.items;
  const add = can("tags.write") || can("members.write") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>{t("newAttribute")}</Button> : null;
  return (
    <Page title={t("attributes")} lead={t("attributesLead")} actions={add}>
      <DataTable<AttributeDef>
        id="attributes"
        label={t("attributes")}
        rows={rows}
        rowKey={(def) => def.name}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState title={t("noAttributesYet")} hint={t("noAttributesYetHint")} actions={add} />}
        total={rows?.length ?? 0}
        columns={[
          { key: "label", title: t("attributeLabel"), text: (def) => def.label },
          { key: "name", title: t("attributeName"), render: (def) => <code>{def.name}</code>, text: (def) => def.name },
          { key: "type", title: t("attributeType"), text: typed },
          { key: "options", title: t("options"), text: (def) => (def.options ? list(def.options) : "—") },
          { key: "created", title: t("made"), hidden: true, render: (def) => <Time value={def.created_at} style="day" /> },
        ]}
      />
      {making ? <NewAttribute onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}
