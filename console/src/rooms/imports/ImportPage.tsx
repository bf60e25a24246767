import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { Link, useParams } from "react-router";
import { addressOf, useCan } from "@/api";
import { QueryState, Money, Num, Page, Stat, Time, useCodes, useLabel, useLocale, useLocalized, useConfirm, useNotify, useT } from "@/ui";
import { BUSY, useImport, useImportActs } from "./data";
import { useKindName } from "./ImportList";
import { ImportProgress, ImportStateTag } from "./ImportState";
import type { ImportRun, Result } from "./types";
import { importWords } from "./words";

function useLead(run: ImportRun): string {
  const t = useT(importWords);
  const localized = useLocalized();
  switch (run.state) {
    case "running":
    case "waiting":
    case "cancelled":
    case "failed":
      return t(run.state);
    default:
      return localized(run.summary);
  }
}

/** What came in, count by count; zeros are left out. */
function Counts({ result }: { result: Result }) {
  const t = useT(importWords);
  const label = useLabel();
  const counts: Record<string, unknown> = { ...result };
  const rows = useCodes("import_count").flatMap((name) => {
    const value = counts[name];
    return typeof value === "number" && value > 0 ? [{ name, value }] : [];
  });
  const summed = Number(result.source_total) !== 0;
  if (rows.length === 0 && !summed) return null;
  return (
    <section className="panel" aria-labelledby="result-title">
      <h2 id="result-title">{t("result")}</h2>
      <table className="plain-table">
        <tbody>
          {rows.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{label("import_count", name)}</th>
              <td className="figure"><Num value={value} /></td>
            </tr>
          ))}
          {summed ? (
            <>
              <tr><th scope="row">{t("sourceTotal")}</th><td className="figure">{result.source_total}</td></tr>
              {Number(result.left_out_total) ? <tr><th scope="row">{t("leftOutTotal")}</th><td className="figure">{result.left_out_total}</td></tr> : null}
              <tr><th scope="row">{t("importedTotal")}</th><td className="figure"><Money fen={result.total_fen} /></td></tr>
              {result.refunded_fen ? <tr><th scope="row">{t("refundedTotal")}</th><td className="figure"><Money fen={result.refunded_fen} /></td></tr> : null}
              <tr><th scope="row">{t("roundingDifference")}</th><td className="figure">{result.rounding_difference}</td></tr>
            </>
          ) : null}
        </tbody>
      </table>
    </section>
  );
}

function Acts({ run }: { run: ImportRun }) {
  const t = useT(importWords);
  const can = useCan();
  const confirm = useConfirm();
  const notify = useNotify();
  const { resume, cancel } = useImportActs();
  if (!can("imports.write")) return null;
  if (BUSY.has(run.state)) return <Button onClick={() => confirm({ title: t("cancelTitle"), body: t("cancelBody"), act: t("cancel"), danger: true, run: () => cancel.mutateAsync(run.id) })}>{t("cancel")}</Button>;
  if (run.state === "done") return <Link to="/members"><Button type="primary">{t("seeMembers")}</Button></Link>;
  return <Button type="primary" loading={resume.isPending} onClick={() => resume.mutate(run.id, { onError: notify.failed })}>{t("resume")}</Button>;
}

function Full({ run }: { run: ImportRun }) {
  const t = useT(importWords);
  const localized = useLocalized();
  const kindName = useKindName();
  const { locale } = useLocale();
  const can = useCan();
  const lead = useLead(run);
  return (
    <Page title={run.file_name} crumbs={[{ to: "/imports", label: t("imports") }]} tag={<ImportStateTag run={run} />} lead={lead} actions={<Acts run={run} />}>
      <div className="stack">
        <section className="panel stack">
          <ImportProgress run={run} />
          {run.trouble ? <Alert type="error" showIcon title={localized(run.trouble)} /> : null}
          <div className="stats" aria-live="polite">
            <Stat label={t("rowsIn")} value={<Num value={run.rows_done} />} note={<>{t("total")} <Num value={run.rows_total} /></>} />
            <Stat label={t("duplicates")} value={<Num value={run.rows_duplicate} />} />
            <Stat label={t("refused")} value={<Num value={run.rows_refused} />} />
          </div>
          {run.outcome === "done" || run.outcome === "partial" ? <Alert type={run.outcome === "done" ? "success" : "warning"} showIcon title={localized(run.sentences[0])} description={run.sentences.slice(1).map((sentence) => <div key={sentence.zh}>{localized(sentence)}</div>)} /> : null}
          {run.rows_refused + run.result.cells_left_out > 0 && can("imports.write") ? (
            <div className="row wrap">
              <Button icon={<DownloadOutlined aria-hidden />} href={addressOf("/api/v1/imports/{import_id}/errors.csv", { path: { import_id: run.id }, query: { lang: locale } })} download>{t("errorsCsv")}</Button>
              <span className="muted">{t("errorsHint")}</span>
            </div>
          ) : null}
        </section>
        <Counts result={run.result} />
        <p className="muted">{t("kind")} {kindName(run)} · {t("startedAt")} <Time value={run.created_at} zone /></p>
      </div>
    </Page>
  );
}

export default function ImportPage() {
  const t = useT(importWords);
  const { id = "" } = useParams();
  const query = useImport(id);
  if (query.data) return <Full run={query.data} />;
  return (
    <Page title={t("imports")} crumbs={[{ to: "/imports", label: t("imports") }]}>
      <div className="panel"><QueryState query={query}>{() => null}</QueryState></div>
    </Page>
  );
}
