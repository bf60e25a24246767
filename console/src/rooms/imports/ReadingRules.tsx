import { AutoComplete, Input, Radio, Select } from "antd";
import { useId } from "react";
import type { ReactNode } from "react";
import { useLocalized, useT } from "@/ui";
import { ruleOf, withRule } from "./draft";
import type { Draft } from "./draft";
import type { Identity, ImportKind, Rule } from "./types";
import { importWords } from "./words";

const zones = Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone }));
const FORMATS = ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y%m%d"].map((value) => ({ value }));

function Choice({ label, hint, children }: { label: string; hint?: string | undefined; children: (id: string) => ReactNode }) {
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

function RuleChoice({ rule, draft, onChange }: Omit<Props, "kind"> & { rule: Rule }) {
  const localized = useLocalized();
  const value = ruleOf(draft.rules, rule.name) ?? rule.default;
  const set = (next: string) => onChange({ ...draft, rules: withRule(draft.rules, rule.name, next) });
  return (
    <Choice label={localized(rule)} hint={rule.hint ? localized(rule.hint) : undefined}>
      {(id) =>
        rule.options.length > 0 ? (
          <Radio.Group id={id} aria-label={localized(rule)} value={value} onChange={(event) => set(event.target.value as string)} options={rule.options.map((option) => ({ value: option, label: localized(rule.labels[option]) }))} />
        ) : (
          <Input id={id} maxLength={20} value={typeof value === "string" ? value : ""} onChange={(event) => set(event.target.value)} />
        )
      }
    </Choice>
  );
}

/** The choices on which files differ: zone and form of times, unit of money, refunds, duplicates, unknown customers. */
export function ReadingRules({ kind, identities, sources, draft, onChange }: Props & { identities: Identity[]; sources: string[] }) {
  const t = useT(importWords);
  const localized = useLocalized();
  const mapped = Object.values(draft.chosen);
  const has = (type: string) => kind.targets.some((target) => target.type === type && mapped.includes(target.name));
  const named = mapped.includes("member");
  return (
    <section className="panel" aria-labelledby="reading-title">
      <h2 id="reading-title">{t("optionsTitle")}</h2>
      <div className="grid-2">
        <Choice label={t("source")} hint={t("sourceHint")}>{(id) => <AutoComplete id={id} style={{ width: "100%" }} maxLength={100} options={sources.map((value) => ({ value }))} value={draft.source} onChange={(source: string) => onChange({ ...draft, source })} />}</Choice>
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
          <Choice label={t("memberIdentity")}>{(id) => <Select id={id} style={{ width: "100%" }} options={identities.map((item) => ({ value: item.kind, label: localized(item) }))} value={draft.identity} onChange={(identity: string) => onChange({ ...draft, identity })} />}</Choice>
        ) : null}
        {kind.rules.filter((rule) => !rule.target || mapped.includes(rule.target)).map((rule) => <RuleChoice key={rule.name} rule={rule} draft={draft} onChange={onChange} />)}
      </div>
    </section>
  );
}
