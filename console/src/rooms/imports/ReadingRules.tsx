import { AutoComplete, Input, Radio, Select } from "antd";
import { useId } from "react";
import type { ReactNode } from "react";
import { useName, useT } from "@/ui";
import type { Draft } from "./draft";
import type { ImportKind, Rules } from "./types";
import { importWords } from "./words";

const zones = Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone }));
const FORMATS = ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y%m%d"].map((value) => ({ value }));
const IDENTITIES = ["external_id", "phone", "email", "unionid", "openid", "external_userid"];

function Choice({ label, hint, children }: { label: string; hint?: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <div style={{ marginTop: 4 }}>{children(id)}</div>
      {hint ? <div className="muted" style={{ fontSize: 12 }}>{hint}</div> : null}
    </div>
  );
}

interface Props {
  kind: ImportKind;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

function OrderRules({ draft, onChange }: Omit<Props, "kind">) {
  const t = useT(importWords);
  const set = (rules: Partial<Rules>) => onChange({ ...draft, rules: { ...draft.rules, ...rules } });
  return (
    <>
      <Choice label={t("refundPrefix")} hint={t("refundPrefixHint")}>
        {(id) => <Input id={id} maxLength={20} value={draft.rules.refund?.prefix ?? ""} onChange={(event) => set({ refund: event.target.value ? { prefix: event.target.value, values: [] } : null })} />}
      </Choice>
      <Choice label={t("duplicateRule")} hint={t("duplicateRuleHint")}>
        {(id) => <Radio.Group id={id} aria-label={t("duplicateRule")} value={draft.rules.duplicates ?? "keep"} onChange={(event) => set({ duplicates: event.target.value as "keep" | "drop" })} options={[{ value: "keep", label: t("duplicateKeep") }, { value: "drop", label: t("duplicateDrop") }]} />}
      </Choice>
      <Choice label={t("incompleteRule")}>
        {(id) => <Radio.Group id={id} aria-label={t("incompleteRule")} value={draft.rules.incomplete ?? "refuse"} onChange={(event) => set({ incomplete: event.target.value as "refuse" | "keep" })} options={[{ value: "refuse", label: t("incompleteRefuse") }, { value: "keep", label: t("incompleteKeep") }]} />}
      </Choice>
    </>
  );
}

/** The choices on which files differ: zone and form of times, unit of money, refunds, duplicates, unknown customers. */
export function ReadingRules({ kind, draft, onChange }: Props) {
  const t = useT(importWords);
  const name = useName();
  const has = (type: string) => kind.targets.some((target) => target.type === type && Object.values(draft.chosen).includes(target.name));
  const named = Object.values(draft.chosen).includes("member");
  return (
    <section className="panel" aria-labelledby="reading-title">
      <h2 id="reading-title">{t("optionsTitle")}</h2>
      <div className="grid-2">
        <Choice label={t("source")} hint={t("sourceHint")}>{(id) => <Input id={id} maxLength={100} value={draft.source} onChange={(event) => onChange({ ...draft, source: event.target.value })} />}</Choice>
        {has("time") ? (
          <>
            <Choice label={t("fileZone")} hint={t("fileZoneHint")}>{(id) => <Select id={id} showSearch style={{ width: "100%" }} options={zones} value={draft.zone} onChange={(zone: string) => onChange({ ...draft, zone })} />}</Choice>
            <Choice label={t("timeFormat")} hint={t("timeFormatHint")}>{(id) => <AutoComplete id={id} style={{ width: "100%" }} options={FORMATS} value={draft.timeFormat} onChange={(timeFormat: string) => onChange({ ...draft, timeFormat })} placeholder={t("timeFormatAuto")} />}</Choice>
          </>
        ) : null}
        {has("money") ? (
          <Choice label={t("unit")}>{(id) => <Radio.Group id={id} aria-label={t("unit")} value={draft.unit} onChange={(event) => onChange({ ...draft, unit: event.target.value as "yuan" | "fen" })} options={[{ value: "yuan", label: t("unitYuan") }, { value: "fen", label: t("unitFen") }]} />}</Choice>
        ) : null}
        {named ? (
          <>
            <Choice label={t("memberIdentity")}>{(id) => <Select id={id} style={{ width: "100%" }} options={IDENTITIES.map((value) => ({ value, label: name("identity", value) }))} value={draft.identity} onChange={(identity: string) => onChange({ ...draft, identity })} />}</Choice>
            <Choice label={t("unknownRule")}>{(id) => <Radio.Group id={id} aria-label={t("unknownRule")} value={draft.rules.unknown_members ?? "create"} onChange={(event) => onChange({ ...draft, rules: { ...draft.rules, unknown_members: event.target.value as "create" | "refuse" } })} options={[{ value: "create", label: t("unknownCreate") }, { value: "refuse", label: t("unknownRefuse") }]} />}</Choice>
          </>
        ) : null}
        {kind.kind === "orders" ? <OrderRules draft={draft} onChange={onChange} /> : null}
      </div>
    </section>
  );
}
