import { Progress } from "antd";
import { StateTag, useLabel, useT } from "@/ui";
import type { Tone } from "@/ui";
import type { ImportRun } from "./types";
import { importWords } from "./words";

const TONES: Record<string, Tone> = { done: "good", partial: "warn", running: "busy", waiting: "busy", failed: "bad", cancelled: "quiet" };

export function ImportStateTag({ run }: { run: ImportRun }) {
  const label = useLabel();
  return <StateTag tone={TONES[run.outcome] ?? "quiet"}>{label("import_state", run.outcome)}</StateTag>;
}

export function share(run: ImportRun): number {
  if (run.state === "done") return 100;
  const total = run.rows_total ?? 0;
  return total > 0 ? Math.min(100, Math.floor((run.rows_done / total) * 100)) : 0;
}

export function ImportProgress({ run, small = false }: { run: ImportRun; small?: boolean }) {
  const t = useT(importWords);
  const status = run.state === "failed" ? "exception" : run.outcome === "done" ? "success" : run.outcome === "partial" ? "normal" : run.state === "cancelled" ? "normal" : "active";
  return <Progress percent={share(run)} status={status} size={small ? "small" : "medium"} aria-label={`${t("progress")} ${run.file_name}`} />;
}
