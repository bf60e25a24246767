import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Radio, Select } from "antd";
import { useCallback, useState } from "react";
import { api, BRANDS, ok, useBrands, useCan, useOpenBrand } from "@/api";
import type { Schemas } from "@/api";
import { DataTable, EmptyState, FormBanner, FormField, useApiForm, useConfirm, useLabel, useLocale, useNotify, useT } from "@/ui";
import { platformWords } from "./words";
import { zones } from "./zones";

type Brand = Schemas["BelongingOut"] & { asks: boolean };
type NewBrand = Schemas["NewWorkspaceIn"];

function NewBrandDialog({ onClose }: { onClose: () => void }) {
  const t = useT(platformWords);
  const { locale } = useLocale();
  const open = useOpenBrand();
  const [form] = Form.useForm<NewBrand>();
  const send = useCallback(
    async (body: NewBrand) => {
      const made = await ok(api.POST("/api/v1/workspaces", { body }));
      await open.mutateAsync(made.id);
    },
    [open],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  return (
    <Modal open title={t("newBrand")} okText={t("create")} cancelText={t("cancel")} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()}>
      <Form form={form} name="new-brand" layout="vertical" requiredMark={false} initialValues={{ zone: "Asia/Shanghai", locale }} onFinish={(values: NewBrand) => void submit(values)}>
        <p className="muted">{t("newBrandHint")}</p>
        <FormBanner text={banner} />
        <FormField name="name" label={t("brandName")} rules={[{ required: true, whitespace: true, message: t("needed") }]}><Input maxLength={100} autoComplete="off" /></FormField>
        <FormField name="zone" label={t("zone")}><Select showSearch options={zones()} /></FormField>
        <FormField name="locale" label={t("workspaceLanguage")}>
          <Radio.Group options={[{ value: "zh", label: t("chinese") }, { value: "en", label: t("english") }]} />
        </FormField>
      </Form>
    </Modal>
  );
}

/** The brands one belongs to and those that ask one to join: open, accept, decline, found another. */
export function MyBrands() {
  const t = useT(platformWords);
  const can = useCan();
  const label = useLabel();
  const cache = useQueryClient();
  const confirm = useConfirm();
  const notify = useNotify();
  const open = useOpenBrand();
  const query = useBrands();
  const [founding, setFounding] = useState(false);
  const at = (brand: Brand) => ({ params: { path: { workspace_id: brand.id } } });
  const rows = query.data && [
    ...query.data.invitations.map((brand) => ({ ...brand, asks: true })),
    ...query.data.items.map((brand) => ({ ...brand, asks: false })),
  ];
  const accept = (brand: Brand) => {
    ok(api.POST("/api/v1/workspaces/{workspace_id}/invitation", at(brand))).then(() => notify.done(t("acceptedBrand", { name: brand.name })), notify.failed)
      .finally(() => void cache.invalidateQueries({ queryKey: BRANDS }));
  };
  const decline = (brand: Brand) => {
    confirm({
      title: t("declineTitle", { name: brand.name }),
      act: t("declineBrand"),
      danger: true,
      run: async () => {
        await ok(api.DELETE("/api/v1/workspaces/{workspace_id}/invitation", at(brand)));
        await cache.invalidateQueries({ queryKey: BRANDS });
      },
    });
  };
  const acts = (brand: Brand) => {
    if (brand.asks) {
      return (
        <>
          <Button type="link" size="small" onClick={() => accept(brand)}>{t("acceptBrand")}</Button>
          <Button type="link" size="small" danger onClick={() => decline(brand)}>{t("declineBrand")}</Button>
        </>
      );
    }
    return brand.current ? null : <Button type="link" size="small" loading={open.isPending} onClick={() => open.mutate(brand.id, { onError: notify.failed })}>{t("openBrand")}</Button>;
  };
  const state = (brand: Brand): string => (brand.asks ? t("invitesYou") : brand.current ? t("openedBrand") : "");
  return (
    <>
      <DataTable<Brand>
        id="brands"
        label={t("myBrands")}
        rows={rows}
        rowKey={(brand) => String(brand.id)}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        filters={can("workspace.create") ? <Button icon={<PlusOutlined aria-hidden />} onClick={() => setFounding(true)}>{t("newBrand")}</Button> : null}
        empty={<EmptyState title={t("none")} />}
        columns={[
          { key: "name", title: t("brandName"), text: (brand) => brand.name },
          { key: "role", title: t("role"), text: (brand) => label("role", brand.role) },
          { key: "state", title: t("brandState"), text: state },
          { key: "since", title: t("since"), moment: (brand) => brand.since, momentStyle: "day" },
          { key: "acts", title: t("actions"), align: "end", render: acts },
        ]}
      />
      {founding ? <NewBrandDialog onClose={() => setFounding(false)} /> : null}
    </>
  );
}
