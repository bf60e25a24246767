import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Radio, Select } from "antd";
import { useCallback } from "react";
import { api, ME, ok, useCan } from "@/api";
import type { Schemas } from "@/api";
import { QueryState, FormBanner, FormField, useApiForm, useNotify, useT } from "@/ui";
import { useFormGuard } from "@/ui/leaveGuard";
import { MyBrands } from "./MyBrands";
import { zones } from "./zones";
import { platformWords } from "./words";
import "./platform.css";

type Brand = Schemas["WorkspaceOut"];
type Change = Schemas["WorkspaceIn"];

function BrandForm({ brand }: { brand: Brand }) {
  const t = useT(platformWords);
  const can = useCan();
  const cache = useQueryClient();
  const notify = useNotify();
  const [form] = Form.useForm<Change>();
  const guard = useFormGuard();
  const send = useCallback((body: Change) => ok(api.PATCH("/api/v1/workspace", { body })), []);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Change) => {
    if (!(await submit(values))) return;
    guard(false);
    notify.done();
    await Promise.all([cache.invalidateQueries({ queryKey: ME }), cache.invalidateQueries({ queryKey: ["workspace"] })]);
  };
  return (
    <Form form={form} className="panel" layout="vertical" requiredMark={false} onValuesChange={() => { guard(true); }} disabled={!can("workspace.write")} initialValues={brand} onFinish={(values: Change) => void act(values)}>
      <div className="narrow-form">
        <FormBanner text={banner} />
        <FormField name="name" label={t("brandName")} rules={[{ required: true, whitespace: true, message: t("needed") }]}>
          <Input maxLength={100} />
        </FormField>
        <FormField name="zone" label={t("zone")} extra={t("zoneHint")} rules={[{ required: true, message: t("needed") }]}>
          <Select showSearch options={zones()} />
        </FormField>
        <FormField name="locale" label={t("workspaceLanguage")}>
          <Radio.Group options={[{ value: "zh", label: t("chinese") }, { value: "en", label: t("english") }]} />
        </FormField>
        <FormField label={t("currency")}><span>{brand.currency}</span></FormField>
        {can("workspace.write") ? <Button type="primary" htmlType="submit" loading={busy}>{t("save")}</Button> : null}
      </div>
    </Form>
  );
}

export default function Workspace() {
  const query = useQuery({ queryKey: ["workspace"], queryFn: () => ok(api.GET("/api/v1/workspace")) });
  return (
    <>
      <QueryState query={query}>{(brand) => <BrandForm brand={brand} />}</QueryState>
      <MyBrands />
    </>
  );
}
