import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Radio } from "antd";
import { useCallback } from "react";
import { api, ME, ok, useMe } from "@/api";
import { FormBanner, FormField, useApiForm, useLocale, useNotify, useT } from "@/ui";
import { useFormGuard } from "@/ui/leaveGuard";
import { platformWords } from "./words";
import "./platform.css";

interface Mine {
  name: string;
  locale: "zh" | "en";
}

function MyName() {
  const t = useT(platformWords);
  const me = useMe();
  const cache = useQueryClient();
  const notify = useNotify();
  const { locale, setLocale } = useLocale();
  const [form] = Form.useForm<Mine>();
  const guard = useFormGuard();
  const send = useCallback((body: Mine) => ok(api.PATCH("/api/v1/me", { body })), []);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Mine) => {
    if (!(await submit(values))) return;
    guard(false);
    setLocale(values.locale);
    notify.done();
    await cache.invalidateQueries({ queryKey: ME });
  };
  return (
    <Form form={form} className="panel" layout="vertical" requiredMark={false} onValuesChange={() => { guard(true); }} initialValues={{ name: me.user.name, locale }} onFinish={(values: Mine) => void act(values)}>
      <div className="narrow-form">
        <FormBanner text={banner} />
        <FormField label={t("email")}><span>{me.user.email}</span></FormField>
        <FormField name="name" label={t("yourName")} rules={[{ required: true, whitespace: true, message: t("needed") }]}>
          <Input maxLength={100} autoComplete="name" />
        </FormField>
        <FormField name="locale" label={t("language")} extra={t("languageHint")}>
          <Radio.Group options={[{ value: "zh", label: "中文" }, { value: "en", label: "English" }]} />
        </FormField>
        <Button type="primary" htmlType="submit" loading={busy}>{t("save")}</Button>
      </div>
    </Form>
  );
}

interface Change {
  old: string;
  new: string;
}

/** One's own password; afterwards one signs in with the new one. */
export function MyPassword() {
  const t = useT(platformWords);
  const cache = useQueryClient();
  const notify = useNotify();
  const [form] = Form.useForm<Change>();
  const guard = useFormGuard();
  const send = useCallback((body: Change) => ok(api.POST("/api/v1/me/password", { body })), []);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Change) => {
    if (!(await submit(values))) return;
    guard(false);
    notify.done(t("passwordChanged"));
    cache.setQueryData(ME, null);
  };
  return (
    <Form form={form} className="panel" layout="vertical" requiredMark={false} onValuesChange={() => { guard(true); }} onFinish={(values: Change) => void act(values)}>
      <h3 className="panel-title" style={{ marginBottom: 12 }}>{t("password")}</h3>
      <div className="narrow-form">
        <FormBanner text={banner} />
        <FormField name="old" label={t("oldPassword")} rules={[{ required: true, message: t("needed") }]}>
          <Input.Password autoComplete="current-password" maxLength={200} />
        </FormField>
        <FormField name="new" label={t("newPassword")} extra={t("passwordHint")} rules={[{ required: true, message: t("needed") }, { min: 10, message: t("tooShort") }]}>
          <Input.Password autoComplete="new-password" maxLength={200} />
        </FormField>
        <Button htmlType="submit" loading={busy}>{t("changePassword")}</Button>
      </div>
    </Form>
  );
}

export default function Account() {
  return (
    <>
      <MyName />
      <MyPassword />
    </>
  );
}
