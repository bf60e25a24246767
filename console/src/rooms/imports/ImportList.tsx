import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link, useNavigate } from "react-router";
import { useCan } from "@/api";
import { DataTable, EmptyState, Num, Page, useLocalized, useT } from "@/ui";
import { useImports, useKinds } from "./data";
import { keyOf } from "./draft";
import { ImportProgress, ImportStateTag } from "./ImportState";
import type { ImportRun } from "./types";
import { importWords } from "./words";

/** A kind's name as the server calls it. */
export function useKindName(): (run: { kind: string; fact?: string | null }) => string {
  const localized = useLocalized();
  const kinds = useKinds().data?.items;
  return (run) => localized(kinds?.find((item) => keyOf(item) === keyOf(run)));
}

export default function ImportList() {
  const t = useT(importWords);
  const can = useCan();
  const navigate = useNavigate();
  const localized = useLocalized();
  const kindName = useKindName();
  const query = useImports();
  const add = can("imports.write") ? <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => void navigate("/imports/new")}>{t("newImport")}</Button> : null;
  return (
    <Page title={t("imports")} lead={t("importsLead")} actions={add}>
      <DataTable<ImportRun>
        id="imports"
        label={t("imports")}
        rows={query.data?.items}
        rowKey={(run) => String(run.id)}
        href={(run) => `/imports/${String(run.id)}`}
        loading={query.isPending}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState title={t("noImports")} hint={t("noImportsHint")} actions={add} />}
        total={query.data?.total ?? 0}
        columns={[
          { key: "file", title: t("file"), render: (run) => <Link to={`/imports/${String(run.id)}`}>{run.file_name}</Link>, text: (run) => run.file_name },
          { key: "kind", title: t("kind"), text: (run) => kindName(run) },
          { key: "state", title: t("state"), render: (run) => <ImportStateTag run={run} />, text: (run) => run.state },
          { key: "progress", title: t("progress"), width: 160, render: (run) => <ImportProgress run={run} small /> },
          { key: "rows", title: t("total"), align: "end", render: (run) => <Num value={run.rows_total} />, text: (run) => run.rows_total },
          { key: "refused", title: t("refused"), align: "end", render: (run) => <Num value={run.rows_refused} />, text: (run) => run.rows_refused },
          { key: "duplicates", title: t("duplicates"), align: "end", hidden: true, render: (run) => <Num value={run.rows_duplicate} />, text: (run) => run.rows_duplicate },
          { key: "summary", title: t("result"), hidden: true, text: (run) => localized(run.summary) },
          { key: "at", title: t("startedAt"), moment: (run) => run.created_at },
        ]}
      />
    </Page>
  );
}
