import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, InputNumber, Select, Switch, Tag } from "antd";
import { useState } from "react";
import { api, asProblem, ok, useCan } from "@/api";
import type { FieldFault, Schemas } from "@/api";
import { ClockInput, DateInput, FormBanner, QueryState, useCodes, useLabel, useLocalized, useNotify, useProblem, useT } from "@/ui";
import { useLeaveGuard } from "@/ui/leaveGuard";
import { policyWords } from "./words";
import "./policy.css";

type Saved = Schemas["CalmOut"];
type Cap = Schemas["CapModel"];

interface PolicyRules {
  caps: Cap[];
  quiet: { start: string; end: string } | null;
  holidays: string[];
}

const rulesOf = (saved: Saved): PolicyRules => ({ caps: saved.caps, quiet: saved.quiet ?? null, holidays: saved.holidays ?? [] });

const CALM = ["calm"];
const QUIET_DEFAULT = { start: "21:00", end: "09:00" };
const CAP_DEFAULT: Cap = { channel: null, count: 3, days: 7 };

interface PartProps {
  rules: PolicyRules;
  onChange: (rules: PolicyRules) => void;
  disabled: boolean;
}

function Caps({ rules, onChange, disabled, faults }: PartProps & { faults: FieldFault[] }) {
  const t = useT(policyWords);
  const problems = useProblem();
  const faultsAt = (index: number, field: string): FieldFault[] => faults.filter((fault) => fault.path === `caps[${String(index)}].${field}`);
  const label = useLabel();
  const channels = useCodes("sendable_channel");
  const change = (index: number, part: Partial<Cap>) => onChange({ ...rules, caps: rules.caps.map((cap, at) => (at === index ? { ...cap, ...part } : cap)) });
  const options = [
    { value: "", label: t("anyChannel") },
    ...channels.map((channel) => ({ value: channel, label: label("channel", channel) })),
  ];
  return (
    <section className="panel">
      <h2>{t("caps")}</h2>
      <p className="muted">{t("capsHint")}</p>
      {rules.caps.length === 0 ? <p style={{ padding: "12px 0", color: "var(--warning-text)" }}>{t("noCaps")}</p> : null}
      {rules.caps.map((cap, index) => (
        <div className="cap-row" key={index}>
          <Select style={{ width: 168 }} disabled={disabled} value={cap.channel ?? ""} options={options} aria-label={t("channel")} onChange={(value) => change(index, { channel: (value || null) as Cap["channel"] })} />
          <InputNumber style={{ width: 72 }} disabled={disabled} precision={0} value={cap.days} status={faultsAt(index, "days").length ? "error" : ""} aria-label={t("capWithin")} onChange={(value) => change(index, { days: value ?? 0 })} />
          <span>{t("capWithin")}</span>
          <InputNumber style={{ width: 72 }} disabled={disabled} precision={0} value={cap.count} status={faultsAt(index, "count").length ? "error" : ""} aria-label={t("capCount")} onChange={(value) => change(index, { count: value ?? 0 })} />
          <span>{t("capCount")}</span>
          <Button type="text" disabled={disabled} icon={<DeleteOutlined aria-hidden />} aria-label={t("delete")} onClick={() => onChange({ ...rules, caps: rules.caps.filter((_, at) => at !== index) })} />
          {["channel", "days", "count"].flatMap((field) => faultsAt(index, field)).map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault cap-fault" role="alert">{problems.fault(fault)}</div>)}
        </div>
      ))}
      <Button type="dashed" disabled={disabled} icon={<PlusOutlined aria-hidden />} style={{ marginTop: 12 }} onClick={() => onChange({ ...rules, caps: [...rules.caps, CAP_DEFAULT] })}>{t("addCap")}</Button>
    </section>
  );
}

function Quiet({ rules, onChange, disabled }: PartProps) {
  const t = useT(policyWords);
  const quiet = rules.quiet;
  const pick = (side: "start" | "end") => (
    <ClockInput
      label={side === "start" ? t("from") : t("to")} disabled={disabled} value={quiet?.[side] ?? ""}
      onChange={(clock) => { if (quiet) onChange({ ...rules, quiet: { ...quiet, [side]: clock } }); }}
    />
  );
  return (
    <section className="panel">
      <div className="row between">
        <h2 className="panel-title">{t("quiet")}</h2>
        <Switch checked={quiet !== null} disabled={disabled} aria-label={t("quietOn")} onChange={(on) => onChange({ ...rules, quiet: on ? QUIET_DEFAULT : null })} />
      </div>
      <p className="muted">{t("quietHint")}</p>
      {quiet ? <div className="row wrap" style={{ marginTop: 12 }}>{t("from")} {pick("start")} {t("to")} {pick("end")}</div> : null}
    </section>
  );
}

function Holidays({ rules, onChange, disabled }: PartProps) {
  const t = useT(policyWords);
  const add = (day: string) => onChange({ ...rules, holidays: [...new Set([...rules.holidays, day])].sort() });
  return (
    <section className="panel">
      <h2>{t("holidays")}</h2>
      <p className="muted">{t("holidaysHint")}</p>
      <div className="row wrap" style={{ margin: "12px 0" }}>
        {rules.holidays.length === 0 ? <span className="muted">{t("noHolidays")}</span> : null}
        {rules.holidays.map((day) => (
          <Tag key={day} closable={!disabled} onClose={() => onChange({ ...rules, holidays: rules.holidays.filter((item) => item !== day) })}>{day}</Tag>
        ))}
      </div>
      <DateInput label={t("addHoliday")} disabled={disabled} value="" onChange={(day) => { if (day) add(day); }} />
    </section>
  );
}

/** What a message may be for and which of the rules bind it; fixed, so that nobody can call an advert a service. */
function Purposes({ purposes }: { purposes: Saved["purposes"] }) {
  const t = useT(policyWords);
  const localized = useLocalized();
  const mark = (bound: boolean) => (bound ? t("yes") : t("no"));
  return (
    <section className="panel">
      <h2>{t("purposes")}</h2>
      <p className="muted">{t("purposesHint")}</p>
      <table className="plain-table" style={{ marginTop: 8 }}>
        <thead>
          <tr>
            <th scope="col">{t("purpose")}</th>
            <th scope="col">{t("needsConsent")}</th>
            <th scope="col">{t("caps")}</th>
            <th scope="col">{t("quiet")}</th>
          </tr>
        </thead>
        <tbody>
          {purposes.map((purpose) => (
            <tr key={purpose.name}>
              <th scope="row" style={{ color: "var(--ink)" }}>{localized(purpose)}</th>
              <td>{mark(purpose.needs_consent)}</td>
              <td>{mark(purpose.caps)}</td>
              <td>{mark(purpose.quiet)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SendPolicyForm({ saved }: { saved: Saved }) {
  const t = useT(policyWords);
  const can = useCan();
  const cache = useQueryClient();
  const notify = useNotify();
  const problems = useProblem();
  const kept = rulesOf(saved);
  const [rules, setRules] = useState(kept);
  const [busy, setBusy] = useState(false);
  const [banner, setBanner] = useState<string | null>(null);
  const [faults, setFaults] = useState<FieldFault[]>([]);
  const disabled = !can("calm.write");
  const changed = JSON.stringify(rules) !== JSON.stringify(kept);
  useLeaveGuard(changed && !busy);
  const act = async () => {
    setBusy(true);
    setBanner(null);
    setFaults([]);
    try {
      await ok(api.PUT("/api/v1/calm", { body: rules }));
      notify.done();
      await cache.invalidateQueries({ queryKey: CALM });
    } catch (error) {
      const problem = asProblem(error);
      const placed = problem.faults.filter((fault) => fault.path.startsWith("caps["));
      setFaults(placed);
      setBanner([problems.text(problem), ...problem.faults.filter((fault) => !placed.includes(fault)).map(problems.fault)].join(" "));
    } finally {
      setBusy(false);
    }
  };
  const part = { rules, onChange: setRules, disabled };
  return (
    <div className="stack">
      <FormBanner text={banner} />
      <Caps {...part} faults={faults} />
      <Quiet {...part} />
      <Holidays {...part} />
      <Purposes purposes={saved.purposes} />
      {disabled ? null : (
        <div className="row">
          <Button type="primary" disabled={!changed} loading={busy} onClick={() => void act()}>{t("save")}</Button>
          {changed ? <Button type="text" onClick={() => setRules(kept)}>{t("reset")}</Button> : null}
        </div>
      )}
    </div>
  );
}

export default function SendPolicy() {
  const query = useQuery({ queryKey: CALM, queryFn: () => ok(api.GET("/api/v1/calm")) });
  return <QueryState query={query}>{(saved) => <SendPolicyForm key={JSON.stringify(rulesOf(saved))} saved={saved} />}</QueryState>;
}
