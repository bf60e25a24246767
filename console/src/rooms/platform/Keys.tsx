import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Form, Input, Modal } from "antd";
import { useCallback, useState } from "react";
import { api, ok, useCan } from "@/api";
import type { Schemas } from "@/api";
import { DataTable, EmptyState, FormBanner, FormField, Time, useApiForm, useConfirm, useLabel, useList, useLocalized, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { SecretDialog } from "./SecretDialog";
import { platformWords } from "./words";

type Key = Schemas["KeyOut"];
type KeyIn = Schemas["KeyIn"];

const KEYS = ["api-keys"];

/** The permissions one may hand on: one's own. */
function usePermissions() {
  const can = useCan();
  const access = useQuery({ queryKey: ["access"], queryFn: () => ok(api.GET("/api/v1/access")), staleTime: Infinity });
  return (access.data?.permissions ?? []).filter((item) => can(item.name));
}

function NewKeyDialog({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const t = useT(platformWords);
  const label = useLabel();
  const cache = useQueryClient();
  const permissions = usePermissions();
  const [form] = Form.useForm<KeyIn>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const send = useCallback(
    async (body: KeyIn) => {
      const made = await ok(api.POST("/api/v1/api-keys", { body }));
      await cache.invalidateQueries({ queryKey: KEYS });
      onMade(made.secret);
    },
    [cache, onMade],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  return (
    <Modal open title={t("newKey")} okText={t("create")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ scopes: [] }} onFinish={(values: KeyIn) => void submit(values)}>
        <FormBanner text={banner} />
        <FormField name="name" label={t("keyName")} extra={t("keyNameHint")} rules={[{ required: true, whitespace: true, message: t("needed") }]}>
          <Input maxLength={100} autoComplete="off" />
        </FormField>
        <FormField name="scopes" label={t("scopes")} rules={[{ type: "array", min: 1, message: t("needed") }]}>
          <Checkbox.Group style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: 4 }} options={permissions.map((item) => ({ value: item.name, label: label("permission", item.name) }))} />
        </FormField>
      </Form>
    </Modal>
  );
}

export default function Keys() {
  const t = useT(platformWords);
  const label = useLabel();
  const localized = useLocalized();
  const list = useList();
  const cache = useQueryClient();
  const confirm = useConfirm();
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const query = useQuery({ queryKey: KEYS, queryFn: () => ok(api.GET("/api/v1/api-keys")) });
  const made = useCallback((text: string) => {
    setMaking(false);
    setSecret(text);
  }, []);
  const scopes = (key: Key): string => list(key.scopes.map((scope) => label("permission", scope)));
  const drop = (key: Key) => {
    confirm({
      title: t("dropKeyTitle", { name: key.name }),
      body: t("dropKeyBody"),
      act: t("dropKey"),
      danger: true,
      run: async () => {
        await ok(api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: key.id } } }));
        await cache.invalidateQueries({ queryKey: KEYS });
      },
    });
  };
  const takeOver = (key: Key) => {
    confirm({
      title: t("takeOverTitle", { name: key.name }),
      body: key.ended_at ? t("takeOverEndedBody") : t("takeOverBody", { owner: key.owner_name }),
      act: t("takeOver"),
      run: async () => {
        await ok(api.POST("/api/v1/api-keys/{key_id}/owner", { params: { path: { key_id: key.id } } }));
        await cache.invalidateQueries({ queryKey: KEYS });
      },
    });
  };
  const state = (key: Key): string => localized({ zh: key.ended_zh, en: key.ended_en }) || t("keyActive");
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setMaking(true)}>{t("newKey")}</Button>;
  return (
    <>
      <DataTable<Key>
        id="keys"
        label={t("keys")}
        rows={query.data?.items}
        rowKey={(key) => String(key.id)}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        filters={add}
        exportRows={false}
        empty={<EmptyState title={t("noKeys")} hint={t("noKeysHint")} />}
        columns={[
          { key: "name", title: t("keyName"), text: (key) => key.name },
          { key: "prefix", title: t("prefix"), render: (key) => <code>{key.prefix}…</code>, text: (key) => key.prefix },
          { key: "scopes", title: t("scopes"), render: (key) => <span style={{ display: "inline-block", maxWidth: 280 }}>{scopes(key)}</span>, text: scopes },
          { key: "owner", title: t("keyOwner"), text: (key) => key.owner_name },
          { key: "maker", title: t("keyMaker"), hidden: true, text: (key) => key.maker_name },
          { key: "state", title: t("keyState"), text: state },
          { key: "used", title: t("lastUsed"), render: (key) => (key.last_used_at ? <Time value={key.last_used_at} relative /> : t("neverUsed")) },
          { key: "created", title: t("createdAt"), hidden: true, render: (key) => <Time value={key.created_at} /> },
          {
            key: "acts", title: t("actions"), align: "end",
            render: (key) => (
              <>
                {key.can_be_taken_over ? <Button type="link" size="small" onClick={() => takeOver(key)}>{t("takeOver")}</Button> : null}
                {key.ended_reason === "revoked" ? null : <Button type="link" size="small" danger onClick={() => drop(key)}>{t("dropKey")}</Button>}
              </>
            ),
          },
        ]}
      />
      {making ? <NewKeyDialog onClose={() => setMaking(false)} onMade={made} /> : null}
      {secret ? <SecretDialog secret={secret} onClose={() => setSecret(null)} /> : null}
    </>
  );
}
