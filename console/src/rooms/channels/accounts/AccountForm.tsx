import { Checkbox, Form, Input, Modal } from "antd";
import { useCallback } from "react";
import { FormBanner, FormField, useApiForm, useNotify, useT } from "@/ui";
import type { accountWords } from "./words";
import { accountWords as table } from "./words";
import { useAccountActs } from "./accountData";
import type { ChannelAccount } from "./accountData";

interface Field {
  name: string;
  label: keyof typeof accountWords;
  hint?: keyof typeof accountWords;
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
    { name: "secret", label: "webhookSecret", hint: "webhookSecretHint", secret: true, optional: true },
  ],
};

type Values = { name: string; friends: boolean } & Record<"config" | "secrets", Record<string, string> | undefined>;

const FRIENDS = "friend_consents_marketing";

const filled = (values: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value.trim() !== "").map(([key, value]) => [key, value.trim()]));

interface Props {
  channel: string;
  account: ChannelAccount | null;
  onClose: () => void;
  /** Called once connected, with the signing secret when one was made. */
  onMade: (secret: string | null) => void;
}

/** Connects an account or changes one. Secrets go in and never come back. */
export function AccountForm({ channel, account, onClose, onMade }: Props) {
  const t = useT(table);
  const notify = useNotify();
  const { connect, change } = useAccountActs();
  const [form] = Form.useForm<Values>();
  const send = useCallback(
    async (values: Values) => {
      const body = { name: values.name.trim(), config: { ...filled(values.config), ...(channel === "wecom" ? { [FRIENDS]: values.friends } : {}) }, secrets: filled(values.secrets) };
      if (account) await change.mutateAsync({ id: account.id, body });
      else onMade((await connect.mutateAsync({ channel, ...body })).secret);
    },
    [account, channel, change, connect, onMade],
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
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: account?.name ?? "", config, friends: account?.config[FRIENDS] === true }} onFinish={(values: Values) => void act(values)}>
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
        {channel === "wecom" ? (
          <FormField name="friends" valuePropName="checked" extra={t("friendsHint")}><Checkbox>{t("friends")}</Checkbox></FormField>
        ) : null}
      </Form>
    </Modal>
  );
}
