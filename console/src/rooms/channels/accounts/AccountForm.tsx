import { Alert, Input, Modal } from "antd";
import { useId, useMemo, useRef, useState } from "react";
import { asProblem } from "@/api";
import type { FieldFault } from "@/api";
import { Field, FormBanner, SettingsForm, faultsIn, useLabel, useLocalized, useNotify, useProblem, useT, type SettingSchema, type Settings } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { accountWords } from "./words";
import { useAccountActs } from "./accountData";
import type { AccountKind, ChannelAccount } from "./accountData";
import { accountPickers } from "./pickers";

const trimmed = (settings: Settings): Record<string, unknown> => Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, typeof value === "string" ? value.trim() : value]));

/** Secrets that were filled in; what was left empty stays as it is. */
const filled = (settings: Settings): Record<string, string> => Object.fromEntries(Object.entries(trimmed(settings)).filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== ""));

/** The change of a config: what was taken out goes back to its default. */
const changed = (schema: SettingSchema, settings: Settings): Record<string, unknown> => ({ ...Object.fromEntries(Object.keys(schema.properties ?? {}).map((name) => [name, null])), ...trimmed(settings) });

interface Props {
  channel: string;
  kind: AccountKind;
  account: ChannelAccount | null;
  onClose: () => void;
  /** Called once connected, with the signing secret when one was made. */
  onMade: (secret: string | null) => void;
}

/** Connects an account or changes one, in the form that its channel declares. Secrets go in and never come back. */
export function AccountForm({ channel, kind, account, onClose, onMade }: Props) {
  const t = useT(accountWords);
  const label = useLabel();
  const localized = useLocalized();
  const notify = useNotify();
  const problems = useProblem();
  const form = useId();
  const { connect, change } = useAccountActs();
  const [name, setName] = useState(account?.name ?? "");
  const [config, setConfig] = useState<Settings>(account?.config ?? {});
  const [secrets, setSecrets] = useState<Settings>({});
  const [faults, setFaults] = useState<FieldFault[]>([]);
  const [banner, setBanner] = useState<string | null>(null);
  const pickers = useMemo(() => accountPickers(channel, account?.secrets ?? []), [channel, account]);
  const before = useRef(JSON.stringify([name, config, secrets]));
  const closing = useCloseGuard(() => JSON.stringify([name, config, secrets]) !== before.current, onClose);
  const submit = async () => {
    const body = { name: name.trim(), secrets: filled(secrets) };
    try {
      if (account) await change.mutateAsync({ id: account.id, body: { ...body, config: changed(kind.config, config) } });
      else onMade((await connect.mutateAsync({ channel, ...body, config: trimmed(config) })).secret);
      notify.done();
      onClose();
    } catch (error) {
      const problem = asProblem(error);
      setFaults(problem.faults);
      setBanner(problem.faults.length ? null : problems.text(problem));
    }
  };
  return (
    <Modal
      open title={t(account ? "change" : "connect", { channel: label("channel", channel) })} okText={t("save")} cancelText={t("cancel")} onCancel={closing}
      confirmLoading={connect.isPending || change.isPending} okButtonProps={{ htmlType: "submit", form }}
    >
      <form id={form} className="stack" noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <FormBanner text={banner} />
        {kind.setup_hint ? <Alert type="info" showIcon title={localized(kind.setup_hint)} /> : null}
        <Field label={t("accountName")} faults={faults.filter((fault) => fault.path === "name")}>
          {(id) => <Input id={id} maxLength={120} value={name} onChange={(event) => { setName(event.target.value); }} />}
        </Field>
        <SettingsForm schema={kind.config} settings={config} pickers={pickers} at={faultsIn(faults, "config")} onChange={setConfig} />
        <SettingsForm schema={{ ...kind.secrets, required: (kind.secrets.required ?? []).filter((name) => !account?.secrets.includes(name)) }} settings={secrets} pickers={pickers} at={faultsIn(faults, "secrets")} onChange={setSecrets} />
      </form>
    </Modal>
  );
}
