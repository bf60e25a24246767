import { CopyOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useState } from "react";
import { useCan, useChannels } from "@/api";
import { EmptyState, QueryState, StateTag, Time, useConfirm, useLabel, useLocalized, useNotify, useT, type LocalizedText } from "@/ui";
import { AccountForm } from "./AccountForm";
import { useAccountActs, useAccounts } from "./accountData";
import type { AccountKind, ChannelAccount } from "./accountData";
import { SecretDialog } from "@/rooms/platform/SecretDialog";
import { accountWords } from "./words";

function Callback({ url, hint }: { url: string; hint: LocalizedText }) {
  const t = useT(accountWords);
  const localized = useLocalized();
  const notify = useNotify();
  const full = url.startsWith("http") ? url : `${location.origin}${url}`;
  return (
    <div className="stack tight">
      <span className="muted">{t("callback")}：{localized(hint)}</span>
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

function AccountPanel({ account, kind, onEdit }: { account: ChannelAccount; kind: AccountKind | null; onEdit: () => void }) {
  const t = useT(accountWords);
  const can = useCan();
  const confirm = useConfirm();
  const notify = useNotify();
  const acts = useAccountActs();
  const label = useLabel();
  const drop = () => {
    confirm({ title: t("dropAccountTitle", { name: account.name }), body: t("dropAccountBody"), act: t("dropAccount"), danger: true, run: () => acts.drop.mutateAsync(account.id) });
  };
  /** What the platform refused stands on the panel; that it answered is said. */
  const report = (after: ChannelAccount) => { if (after.state === "works") notify.done(label("account_state", after.state)); };
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
      {account.callback_url && kind?.callback_hint ? <Callback url={account.callback_url} hint={kind.callback_hint} /> : null}
      {can("accounts.write") ? (
        <div className="row wrap">
          <Button loading={acts.check.isPending} onClick={() => acts.check.mutate(account.id, { onError: notify.failed, onSuccess: report })}>{t("check")}</Button>
          {kind?.syncs_contacts ? <Button loading={acts.sync.isPending} onClick={() => acts.sync.mutate(account.id, { onError: notify.failed, onSuccess: () => notify.done(t("synced")) })}>{t("sync")}</Button> : null}
          {kind ? <Button onClick={onEdit}>{t("edit")}</Button> : null}
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
  const channels = useChannels();
  const localized = useLocalized();
  const kindOf = (channel: string): AccountKind | null => channels.find(({ name }) => name === channel)?.account ?? null;
  const formKind = form ? kindOf(form.channel) : null;
  const add = can("accounts.write") ? (
    <div className="row wrap">
      {channels.filter((channel) => channel.sendable).map((channel, index) => (
        <Button key={channel.name} {...(index ? {} : { type: "primary", icon: <PlusOutlined aria-hidden /> })} onClick={() => setForm({ channel: channel.name, account: null })}>
          {t("connect", { channel: localized(channel.label) })}
        </Button>
      ))}
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
              {list.items.map((account) => <AccountPanel key={account.id} account={account} kind={kindOf(account.channel)} onEdit={() => setForm({ channel: account.channel, account })} />)}
            </div>
          )
        }
      </QueryState>
      {form && formKind ? <AccountForm {...form} kind={formKind} onClose={() => setForm(null)} onMade={setSecret} /> : null}
      {secret ? <SecretDialog secret={secret} onClose={() => setSecret(null)} /> : null}
    </>
  );
}
