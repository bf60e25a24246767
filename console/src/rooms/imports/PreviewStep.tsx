import { Alert, Button, Select } from "antd";
import { EmptyState, format, useCodes, useLabel, useLocalized, useList, useLocale, useT, useZone } from "@/ui";
import { useKinds } from "./data";
import { keyOf } from "./draft";
import type { Plan, Preview, RowFault } from "./types";
import { importWords } from "./words";

type Value = Preview["rows"][number]["values"][string] | undefined;

const MOMENT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

/** A previewed value as people write it: yes or no, times in the brand's zone, lists joined. */
function useShown(): (value: Value) => string {
  const t = useT(importWords);
  const zone = useZone();
  const list = useList();
  return (value) => {
    if (value === null || value === undefined || value === "") return "—";
    if (typeof value === "boolean") return value ? t("yes") : t("no");
    if (Array.isArray(value)) return list(value);
    return MOMENT.test(value) ? format.time(value, zone) : value;
  };
}

function Faults({ faults }: { faults: RowFault[] }) {
  const t = useT(importWords);
  const shown = useShown();
  const { locale } = useLocale();
  return (
    <section className="panel">
      <h2>{t("faults")}</h2>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t("faults")}>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col" className="figure">{t("row")}</th>
              <th scope="col">{t("column")}</th>
              <th scope="col">{t("value")}</th>
              <th scope="col">{t("reason")}</th>
            </tr>
          </thead>
          <tbody>
            {faults.map((fault, index) => (
              <tr key={index}>
                <td className="figure">{fault.row}</td>
                <td>{fault.column}</td>
                <td>{shown(fault.value)}</td>
                <td>{locale === "zh" ? fault.reason_zh : fault.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What the file's words of an order's state mean: told by the server, changed here, and previewed again. */
function StatedWords({ items, busy, onMean }: { items: Preview["stated_words"]; busy: boolean; onMean: (word: string, meaning: string) => void }) {
  const t = useT(importWords);
  const label = useLabel();
  const { locale } = useLocale();
  const options = useCodes("order_meaning").map((value) => ({ value, label: label("order_meaning", value) }));
  return (
    <section className="panel" aria-labelledby="stated-title">
      <h2 id="stated-title">{t("statedTitle")}</h2>
      <p className="muted" style={{ marginBottom: 8 }}>{t("statedLead")}</p>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t("statedWord")}</th>
            <th scope="col" className="figure">{t("statedRows")}</th>
            <th scope="col">{t("becomes")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.word} className={item.meaning ? undefined : "faulty"}>
              <th scope="row">{item.word}</th>
              <td className="figure">{format.number(item.rows, locale)}</td>
              <td>
                <Select style={{ minWidth: 260 }} aria-label={`${item.word} ${t("becomes")}`} disabled={busy} placeholder={t("statedChoose")} value={item.meaning ?? undefined} options={options} onChange={(meaning: string) => onMean(item.word, meaning)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Props {
  plan: Plan;
  preview: Preview;
  busy: boolean;
  onBack: () => void;
  onChange: (plan: Plan) => void;
  onStart: () => void;
}

export function PreviewStep({ plan, preview, busy, onBack, onChange, onStart }: Props) {
  const t = useT(importWords);
  const localized = useLocalized();
  const shown = useShown();
  const { locale } = useLocale();
  const targets = useKinds().data?.items.find((item) => keyOf(item) === keyOf(plan.mapping))?.targets ?? [];
  const label = (name: string): string => localized(targets.find((target) => target.name === name)) || plan.mapping.attributes[name.replace("attribute.", "")]?.label || name;
  const columns = [...new Set(preview.rows.flatMap((row) => Object.keys(row.values)))];
  const mean = (word: string, meaning: string) => {
    const { rules } = plan.mapping;
    const statuses = typeof rules["statuses"] === "object" ? (rules["statuses"] as Record<string, string>) : {};
    onChange({ ...plan, mapping: { ...plan.mapping, rules: { ...rules, statuses: { ...statuses, [word]: meaning } } } });
  };
  const notes = [
    ...preview.notes.map(localized),
    ...(preview.rows_left_out > 0 ? [t("previewLeftOut", { n: format.number(preview.rows_left_out, locale) })] : []),
    ...(preview.cells_left_out > 0 ? [t("previewCells", { n: format.number(preview.cells_left_out, locale) })] : []),
    ...(preview.duplicates > 0 ? [t("previewDuplicates", { n: format.number(preview.duplicates, locale) })] : []),
  ];
  return (
    <div className="stack">
      <Alert
        type={preview.refused + preview.cells_left_out > 0 ? "warning" : "success"}
        showIcon
        title={preview.refused > 0 ? t("previewFaults", { n: format.number(preview.refused, locale), checked: format.number(preview.checked, locale) }) : t(preview.cells_left_out > 0 ? "previewAllIn" : "previewFine", { checked: format.number(preview.checked, locale) })}
        description={notes.length > 0 ? notes.map((note) => <div key={note}>{note}</div>) : undefined}
      />
      {preview.journeys.length > 0 ? <Alert type="warning" showIcon title={t("mayEnrol")} description={preview.journeys.map((journey) => <div key={journey.journey_id}>{localized(journey.text)}</div>)} /> : null}
      <section className="panel">
        <h2>{t("step3")}</h2>
        <p className="muted" style={{ marginBottom: 8 }}>{t("previewLead", { n: preview.rows.length })}</p>
        {preview.rows.length === 0 ? (
          <EmptyState title={t("noPreviewRows")} />
        ) : (
          <div className="scroll-x" tabIndex={0} role="region" aria-label={t("step3")}>
            <table className="plain-table preview-table">
              <thead>
                <tr>
                  <th scope="col" className="figure">{t("row")}</th>
                  {columns.map((column) => <th key={column} scope="col">{label(column)}</th>)}
                </tr>
              </thead>
              <tbody>
                {preview.rows.map((row) => (
                  <tr key={row.row} className={row.faults.some((fault) => !fault.kept) ? "faulty" : undefined}>
                    <td className="figure">{row.row}</td>
                    {columns.map((column) => <td key={column}>{shown(row.values[column])}</td>)}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {preview.stated_words.length > 0 ? <StatedWords items={preview.stated_words} busy={busy} onMean={mean} /> : null}
      {preview.faults.length > 0 ? <Faults faults={preview.faults} /> : null}
      <div className="row">
        <Button type="primary" loading={busy} onClick={onStart}>{t("startImport", { n: format.number(preview.total, locale) })}</Button>
        <Button onClick={onBack}>{t("back")}</Button>
      </div>
    </div>
  );
}
