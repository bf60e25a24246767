import { CopyOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useState } from "react";
import { useCan } from "@/api";
import { EmptyState, QueryState, StateTag, Time, useConfirm, useLabel, useNotify, useT } from "@/ui";
import { AccountForm } from "./AccountForm";
import { useAccountActs, useAccounts } from "./accountData";
import type { ChannelAccount } from "./accountData";
import { SecretDialog } from "@/rooms/platform/SecretDialog";
import { accountWords } from "./words";

function Callback({ url }: { url: string }) {
  const t = useT(accountWords);
  const notify = useNotify();
  const full = url.startsWith("http") ? url : `${location.origin}${url}`;
  return (
    <div className="stack tight">
      <span className="muted">{t("callback")}：{t("callbackHint")}</span>
      <div className="row">
        <div className="secret grow">{full}</div>
        <Button icon={<CopyOutlined aria-hidden />} aria-label={t("copy")} onClick={() => void navigator.clipboard.writeText(full).then(() => notify.done(t("copied")), notify.failed)} />
      </div>
    </div>
  );
}

const TONES = { works: "good", trouble: "bad", unchecked: undefined } as const;

function State({ account }: { account: ChannelAccount }) {
  const label = useLabel();
  return <StateTag tone={TONES[account.state]}>{label("account_state", account.state)}</StateTag>;
}

function AccountPanel({ account, onEdit }: { account: ChannelAccount; onEdit: () => void }) {
  const t = useT(accountWords);
  const can = useCan();
  const confirm = useConfirm();
  const notify = useNotify();
  const acts = useAccountActs();
  const label = useLabel();
  const drop = () => {
    confirm({ title: t("dropAccountTitle", { name: account.name }), body: t("dropAccountBody"), act: t("dropAccount"), danger: true, run: () => acts.drop.mutateAsync(account.id) });
  };
  return (
    <article className="panel stack" aria-label={account.name}>
      <div className="row wrap between">
        <div className="row wrap">
          <h3 className="panel-title">{account.name}</h3>
          <span className="muted">{label("channel", account.channel)}</span>
          <State account={account} />
        </div>
        <span className="muted">
          {account.checked_at ? <>{t("checkedAt")} <Time value={account.checked_at} relative /></> : null}
          {account.synced_at ? <> · {t("lastSync")} <Time value={account.synced_at} relative /></> : null}
        </span>
      </div>
      {account.trouble ? <Alert type="error" showIcon title={account.trouble} /> : null}
      {account.callback_url && account.channel === "wecom" ? <Callback url={account.callback_url} /> : null}
      {can("accounts.write") ? (
        <div className="row wrap">
          <Button loading={acts.check.isPending} onClick={() => acts.check.mutate(account.id, { onError: notify.failed })}>{t("check")}</Button>
          {account.channel === "wecom" ? <Button loading={acts.sync.isPending} onClick={() => acts.sync.mutate(account.id, { onError: notify.failed, onSuccess: () => notify.done(t("synced")) })}>{t("sync")}</Button> : null}
          <Button onClick={onEdit}>{t("edit")}</Button>
          <Button type="text" danger onClick={drop}>{t("dropAccount")}</Button>
        </div>
      ) : null}
    </article>
  );
}

export default function AccountList() {
  const t = useT(accountWords);
  const can = useCan();
  const query = useAccounts();
  const [secret, setSecret] = useState<string | null>(null);
  const [form, setForm] = useState<{ channel: string; account: ChannelAccount | null } | null>(null);
  const add = can("accounts.write") ? (
    <div className="row wrap">
      <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setForm({ channel: "wecom", account: null })}>{t("connectWecom")}</Button>
      <Button onClick={() => setForm({ channel: "webhook", account: null })}>{t("connectWebhook")}</Button>
    </div>
  ) : null;
  return (
    <>
      <QueryState query={query}>
        {(list) =>
          list.items.length === 0 ? (
            <div className="panel"><EmptyState title={t("noAccounts")} hint={t("noAccountsHint")} actions={add} /></div>
          ) : (
            <div className="stack">
              {add}
              {list.items.map((account) => <AccountPanel key={account.id} account={account} onEdit={() => setForm({ channel: account.channel, account })} />)}
            </div>
          )
        }
      </QueryState>
      {form ? <AccountForm {...form} onClose={() => setForm(null)} onMade={setSecret} /> : null}
      {secret ? <SecretDialog secret={secret} onClose={() => setSecret(null)} /> : null}
    </>
  );
}
