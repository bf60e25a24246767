import { EditOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Select } from "antd";
import { useCallback, useState } from "react";
import { useCan } from "@/api";
import { FormBanner, FormField, format, useApiForm, useList, useLocale, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { useAttributes, useMemberActs } from "../data";
import type { AttributeDef, Member } from "../types";
import { contactsWords } from "../words";
import { attributeInput, fromForm, toForm } from "./attributeInput";

interface Values {
  name: string;
  zone?: string;
  attributes?: Record<string, unknown>;
}

const zones = Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone, label: zone }));

function EditProfile({ member, defs, onClose }: { member: Member; defs: AttributeDef[]; onClose: () => void }) {
  const t = useT(contactsWords);
  const { change } = useMemberActs(String(member.id));
  const [form] = Form.useForm<Values>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const send = useCallback(
    (values: Values) => {
      const attributes = Object.fromEntries(
        defs
          .map((def) => [def.name, fromForm(def, values.attributes?.[def.name])] as const)
          .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(member.attributes[name] ?? null)),
      );
      return change.mutateAsync({ name: values.name.trim(), zone: values.zone ?? null, attributes });
    },
    [change, defs, member],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Values) => {
    if (await submit(values)) onClose();
  };
  const initial = { name: member.name ?? "", zone: member.zone ?? undefined, attributes: Object.fromEntries(defs.map((def) => [def.name, toForm(def, member.attributes[def.name])])) };
  return (
    <Modal open title={t("editProfile")} okText={t("save")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={(values: Values) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="name" label={t("name")}><Input maxLength={120} autoComplete="off" /></FormField>
        <FormField name="zone" label={t("zone")} optional><Select allowClear showSearch options={zones} placeholder={t("zoneOf")} /></FormField>
        {defs.map((def) => (
          <FormField key={def.name} name={["attributes", def.name]} label={def.label} optional>{attributeInput(def, t("yes"), t("no"))}</FormField>
        ))}
      </Form>
    </Modal>
  );
}

/** An attribute's value in words. */
function useShown(): (def: AttributeDef | undefined, value: unknown) => string {
  const t = useT(contactsWords);
  const { locale } = useLocale();
  const list = useList();
  return (def, value) => {
    if (typeof value === "boolean") return value ? t("yes") : t("no");
    if (typeof value === "number") return def?.type === "money" ? format.money(value, locale) : format.number(value, locale, 4);
    if (Array.isArray(value)) return list(value.map(String));
    return typeof value === "string" && value !== "" ? value : "—";
  };
}

export function Profile({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const can = useCan();
  const shown = useShown();
  const defs = useAttributes().data?.items ?? [];
  const [editing, setEditing] = useState(false);
  const rows = Object.entries(member.attributes).filter(([, value]) => value !== null);
  return (
    <section className="panel" aria-labelledby="profile-title">
      <div className="row between">
        <h2 id="profile-title" className="panel-title">{t("profile")}</h2>
        {can("members.write") && !member.erased_at ? <Button type="text" size="small" icon={<EditOutlined aria-hidden />} aria-label={t("editProfile")} onClick={() => setEditing(true)} /> : null}
      </div>
      <ul className="line-list">
        <li><span className="muted">{t("zone")}</span><span>{member.zone ?? t("zoneOf")}</span></li>
        {rows.map(([name, value]) => {
          const def = defs.find((item) => item.name === name);
          return (
            <li key={name}>
              <span className="muted">{def?.label ?? name}</span>
              <span className="num" style={{ textAlign: "end", overflowWrap: "anywhere" }}>{shown(def, value)}</span>
            </li>
          );
        })}
      </ul>
      {editing ? <EditProfile member={member} defs={defs} onClose={() => setEditing(false)} /> : null}
    </section>
  );
}
