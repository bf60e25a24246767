import { Form, Input, Modal } from "antd";
import { useCallback } from "react";
import { FormBanner, FormField, useApiForm, useNotify, useT } from "@/ui";
import type { platformWords } from "./words";
import { platformWords as table } from "./words";
import { useAccountActs } from "./accountData";
import type { AccountIn, ChannelAccount } from "./accountData";

interface Field {
  name: string;
  label: keyof typeof platformWords;
  hint?: keyof typeof platformWords;
  secret?: boolean;
  optional?: boolean;
}

/** What each channel's adapter needs to know. */
const FIELDS: Record<string, Field[]> = {
  wecom: [
    { name: "corpid", label: "corpId" },
    { name: "base_url", label: "apiBase", hint: "apiBaseHint", optional: true },
    { name: "secret", label: "agentSecret", secret: true },
    { name: "callback_token", label: "callbackToken", secret: true, optional: true },
    { name: "callback_aes_key", label: "aesKey", secret: true, optional: true },
  ],
  webhook: [
    { name: "url", label: "webhookUrl" },
    { name: "secret", label: "webhookSecret", secret: true, optional: true },
  ],
};

type Values = { name: string } & Record<"config" | "secrets", Record<string, string> | undefined>;

const filled = (values: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value.trim() !== "").map(([key, value]) => [key, value.trim()]));

interface Props {
  channel: string;
  account: ChannelAccount | null;
  onClose: () => void;
}

/** Connects an account or changes one. Secrets go in and never come back. */
export function AccountForm({ channel, account, onClose }: Props) {
  const t = useT(table);
  const notify = useNotify();
  const { save } = useAccountActs();
  const [form] = Form.useForm<Values>();
  const send = useCallback(
    (values: Values) => {
      const body: AccountIn = { channel, name: values.name.trim(), config: filled(values.config), secrets: filled(values.secrets) };
      return save.mutateAsync({ id: account?.id ?? null, body });
    },
    [account, channel, save],
  );
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Values) => {
    if (!(await submit(values))) return;
    notify.done();
    onClose();
  };
  const config = Object.fromEntries(Object.entries(account?.config ?? {}).filter(([, value]) => typeof value === "string"));
  return (
    <Modal open title={t(channel === "wecom" ? "connectWecom" : "connectWebhook")} okText={t("save")} cancelText={t("cancel")} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: account?.name ?? "", config }} onFinish={(values: Values) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="name" label={t("accountName")} rules={[{ required: true, whitespace: true, message: t("needed") }]}><Input maxLength={120} /></FormField>
        {(FIELDS[channel] ?? []).map((field) => (
          <FormField
            key={field.name}
            name={[field.secret ? "secrets" : "config", field.name]}
            label={t(field.label)}
            optional={field.optional ?? false}
            extra={field.secret && account ? t("keepSecret") : field.hint ? t(field.hint) : undefined}
            rules={field.optional || (field.secret && account) ? [] : [{ required: true, whitespace: true, message: t("needed") }]}
          >
            {field.secret ? <Input.Password maxLength={500} autoComplete="off" /> : <Input maxLength={500} autoComplete="off" />}
          </FormField>
        ))}
      </Form>
    </Modal>
  );
}
