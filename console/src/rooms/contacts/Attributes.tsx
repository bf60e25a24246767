import { DeleteOutlined, EditOutlined, PlusOutlined, SwapOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Select } from "antd";
import { useCallback, useState } from "react";
import { useCan, type BodyOf } from "@/api";
import { DataTable, EmptyState, FormBanner, FormField, Page, Time, useApiForm, useCodes, useConfirm, useLabel, useList, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { useAttributeActs, useAttributes } from "./data";
import { RenameOption } from "./RenameOption";
import type { AttributeDef } from "./types";
import { contactsWords } from "./words";

interface Values {
  name: string;
  label: string;
  type: BodyOf<"/api/v1/attributes", "post">["type"];
  options?: string[];
}

/** A new attribute, or another label and options for one; name and type stay once made. */
function AttributeForm({ attribute, onClose }: { attribute: AttributeDef | null; onClose: () => void }) {
  const t = useT(contactsWords);
  const label = useLabel();
  const types = useCodes("attribute_type");
  const { add, change } = useAttributeActs();
  const [form] = Form.useForm<Values>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const type = Form.useWatch("type", form) ?? attribute?.type;
  const send = useCallback(
    (values: Values) => {
      const options = values.options?.length ? values.options : null;
      return attribute ? change.mutateAsync({ name: attribute.name, body: { label: values.label, options } }) : add.mutateAsync({ ...values, options });
    },
    [add, attribute, change],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Values) => {
    if (await submit(values)) onClose();
  };
  const needed = [{ required: true, whitespace: true, message: t("needed") }];
  const initial = attribute ? { label: attribute.label, type: attribute.type, options: attribute.options ?? [] } : { type: "text" };
  return (
    <Modal open title={t(attribute ? "editAttribute" : "newAttribute")} okText={t("save")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={(values: Values) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="label" label={t("attributeLabel")} rules={needed}><Input maxLength={120} /></FormField>
        {attribute ? null : (
          <>
            <FormField name="name" label={t("attributeName")} extra={t("attributeNameHint")} rules={needed}><Input maxLength={40} autoComplete="off" /></FormField>
            <FormField name="type" label={t("attributeType")}><Select options={types.map((value) => ({ value, label: label("attribute_type", value) }))} /></FormField>
          </>
        )}
        {type === "choice" || type === "list" ? <FormField name="options" label={t("options")} extra={t("optionsHint")}><Select mode="tags" open={false} suffixIcon={null} /></FormField> : null}
      </Form>
    </Modal>
  );
}

export default function Attributes() {
  const t = useT(contactsWords);
  const can = useCan();
  const list = useList();
  const confirm = useConfirm();
  const { drop } = useAttributeActs();
  const [form, setForm] = useState<{ attribute: AttributeDef | null } | null>(null);
  const [renaming, setRenaming] = useState<AttributeDef | null>(null);
  const query = useAttributes();
  const writable = can("tags.write");
  const label = useLabel();
  const typed = (def: AttributeDef): string => label("attribute_type", def.type);
  const remove = (def: AttributeDef) => confirm({ title: t("deleteAttributeTitle", { name: def.label }), body: t("deleteAttributeBody"), act: t("delete"), danger: true, run: () => drop.mutateAsync(def.name) });
  const add = writable ? <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setForm({ attribute: null })}>{t("newAttribute")}</Button> : null;
  const acts = (def: AttributeDef) => (
    <>
      <Button type="text" size="small" icon={<EditOutlined aria-hidden />} aria-label={`${t("edit")} ${def.label}`} onClick={() => setForm({ attribute: def })} />
      {def.options ? <Button type="text" size="small" icon={<SwapOutlined aria-hidden />} aria-label={`${t("renameOption")} ${def.label}`} onClick={() => setRenaming(def)} /> : null}
      <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={`${t("delete")} ${def.label}`} onClick={() => remove(def)} />
    </>
  );
  return (
    <Page title={t("attributes")} lead={t("attributesLead")} actions={add}>
      <DataTable<AttributeDef>
        id="attributes"
        label={t("attributes")}
        rows={query.data?.items}
        rowKey={(def) => def.name}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState title={t("noAttributesYet")} hint={t("noAttributesYetHint")} actions={add} />}
        total={query.data?.total ?? 0}
        columns={[
          { key: "label", title: t("attributeLabel"), text: (def) => def.label },
          { key: "name", title: t("attributeName"), render: (def) => <code>{def.name}</code>, text: (def) => def.name },
          { key: "type", title: t("attributeType"), text: typed },
          { key: "options", title: t("options"), text: (def) => (def.options ? list(def.options) : "—") },
          { key: "created", title: t("made"), hidden: true, render: (def) => <Time value={def.created_at} style="day" /> },
          ...(writable ? [{ key: "acts", title: t("actions"), align: "end" as const, render: acts }] : []),
        ]}
      />
      {renaming ? <RenameOption attribute={renaming} onClose={() => setRenaming(null)} /> : null}
      {form ? <AttributeForm {...form} onClose={() => setForm(null)} /> : null}
    </Page>
  );
}
