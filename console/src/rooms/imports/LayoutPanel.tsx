import { Select } from "antd";
import { useId } from "react";
import type { ReactNode } from "react";
import { format, useLocalized, useLocale, useNotify, useT } from "@/ui";
import { useLayout } from "./data";
import type { LayoutChoice, Uploaded } from "./types";
import { importWords } from "./words";

const CELLS = 4;

function Choice({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <div style={{ marginTop: 4 }}>{children(id)}</div>
    </div>
  );
}

/** How the file was read, and how else it may be: its encoding or sheet, the row of its column names. */
export function LayoutPanel({ uploaded, onUploaded }: { uploaded: Uploaded; onUploaded: (uploaded: Uploaded) => void }) {
  const t = useT(importWords);
  const localized = useLocalized();
  const { locale } = useLocale();
  const notify = useNotify();
  const layout = useLayout();
  const { heading_row, encoding, sheet, sheets, encodings, head, totals } = uploaded.layout;
  const read = (choice: LayoutChoice) => {
    layout.mutate({ file: uploaded.file, body: { encoding, sheet, ...choice } }, { onSuccess: onUploaded, onError: notify.failed });
  };
  if (encodings.length === 0 && sheets.length < 2 && head.length < 2) return null;
  const rowLabel = (row: number, cells: string[]): string => t("headingOption", { row, cells: cells.filter(Boolean).slice(0, CELLS).join(" · ") });
  return (
    <section className="panel stack">
      <div className="grid-2">
        {encodings.length > 0 ? <Choice label={t("encoding")}>{(id) => <Select id={id} style={{ width: "100%" }} loading={layout.isPending} disabled={layout.isPending} value={encoding} onChange={(next) => read({ encoding: next })} options={encodings.map((item) => ({ value: item.name, label: localized(item) }))} />}</Choice> : null}
        {sheets.length > 1 ? <Choice label={t("sheet")}>{(id) => <Select id={id} style={{ width: "100%" }} loading={layout.isPending} disabled={layout.isPending} value={sheet} onChange={(next) => read({ sheet: next })} options={sheets.map((name) => ({ value: name, label: name }))} />}</Choice> : null}
        {head.length > 1 ? <Choice label={t("headingRow")}>{(id) => <Select id={id} style={{ width: "100%" }} loading={layout.isPending} disabled={layout.isPending} value={heading_row} onChange={(next) => read({ heading_row: next })} options={head.map((item) => ({ value: item.row, label: rowLabel(item.row, item.cells) }))} />}</Choice> : null}
      </div>
      <span className="muted">{totals > 0 ? t("totalsLeftOut", { n: format.number(totals, locale) }) : null} {t("layoutHint")}</span>
    </section>
  );
}
