import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { Link, useParams } from "react-router";
import { urlOf, useCan } from "@/api";
import { Asked, format, Num, Page, Stat, Time, useConfirm, useLocale, useNotify, useT } from "@/ui";
import { BUSY, useImport, useImportActs } from "./data";
import { useKindName } from "./History";
import { RunProgress, RunState } from "./parts";
import type { ImportRun } from "./types";
import { importWords } from "./words";

function useLead(run: ImportRun): string {
  const t = useT(importWords);
  const { locale } = useLocale();
  const n = (value: number | null) => format.number(value ?? 0, locale);
  switch (run.state) {
    case "done":
      return t("doneLead", { total: n(run.rows_total), done: n(run.rows_done), duplicate: n(run.rows_duplicate), refused: n(run.rows_refused) });
    case "running":
    case "waiting":
    case "cancelled":
    case "failed":
      return t(run.state);
    default:
      return "";
  }
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
  const kindName = useKindName();
  const lead = useLead(run);
  return (
    <Page title={run.file_name} crumbs={[{ to: "/imports", label: t("imports") }]} tag={<RunState run={run} />} lead={lead} actions={<Acts run={run} />}>
      <div className="stack">
        <section className="panel stack">
          <RunProgress run={run} />
          {run.trouble ? <Alert type="error" showIcon title={run.trouble} /> : null}
          <div className="stats" aria-live="polite">
            <Stat label={t("rowsIn")} value={<Num value={run.rows_done} />} note={<>{t("total")} <Num value={run.rows_total} /></>} />
            <Stat label={t("duplicates")} value={<Num value={run.rows_duplicate} />} />
            <Stat label={t("refused")} value={<Num value={run.rows_refused} />} />
          </div>
          {run.rows_refused > 0 ? (
            <div className="row wrap">
              <Button icon={<DownloadOutlined />} href={urlOf(`/imports/${String(run.id)}/errors.csv`)} download>{t("errorsCsv")}</Button>
              <span className="muted">{t("errorsHint")}</span>
            </div>
          ) : null}
        </section>
        <p className="muted">{t("kind")} {kindName(run.kind)} · {t("startedAt")} <Time value={run.created_at} zone /></p>
      </div>
    </Page>
  );
}

export default function Run() {
  const t = useT(importWords);
  const { id = "" } = useParams();
  const query = useImport(id);
  if (query.data) return <Full run={query.data} />;
  return (
    <Page title={t("imports")} crumbs={[{ to: "/imports", label: t("imports") }]}>
      <div className="panel"><Asked query={query}>{() => null}</Asked></div>
    </Page>
  );
}
