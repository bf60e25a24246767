import { DownloadOutlined, SettingOutlined } from "@ant-design/icons";
import { Button, Checkbox, Popover, Tooltip } from "antd";
import { useState } from "react";
import { useNotify } from "./Confirm";
import type { Column } from "./tableTypes";
import { saveCsv } from "./download";
import { useT } from "./i18n";
import { isPlain, plainText } from "./tableValues";
import { useZone } from "./values";

interface PickerProps<Row> {
  columns: Column<Row>[];
  hidden: string[];
  onChange: (hidden: string[]) => void;
}

export function ColumnPicker<Row>({ columns, hidden, onChange }: PickerProps<Row>) {
  const t = useT();
  const body = (
    <div className="stack tight">
      {columns.map((column, index) => (
        <Checkbox
          key={column.key}
          disabled={index === 0}
          checked={!hidden.includes(column.key)}
          onChange={(event) => onChange(event.target.checked ? hidden.filter((key) => key !== column.key) : [...hidden, column.key])}
        >
          {column.title}
        </Checkbox>
      ))}
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" title={t("showColumns")} content={body}>
      <Tooltip title={t("columns")}>
        <Button type="text" icon={<SettingOutlined aria-hidden />} aria-label={t("columns")} />
      </Tooltip>
    </Popover>
  );
}

interface ExportProps<Row> {
  name: string;
  columns: Column<Row>[];
  rows: Row[];
  every?: (() => Promise<Row[]>) | undefined;
}

/** Writes all rows and every column that has a plain value, also those not shown. */
export function ExportButton<Row>({ name, columns, rows, every }: ExportProps<Row>) {
  const t = useT();
  const notify = useNotify();
  const zone = useZone();
  const [busy, setBusy] = useState(false);
  const written = columns.filter(isPlain);
  const act = async () => {
    setBusy(true);
    try {
      const all = every ? await every() : rows;
      saveCsv(name, written.map((column) => column.title), all.map((row) => written.map((column) => plainText(column, row, zone))));
    } catch (error) {
      notify.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Tooltip title={busy ? t("exporting") : t("exportCsv")}>
      <Button type="text" icon={<DownloadOutlined aria-hidden />} aria-label={t("exportCsv")} loading={busy} disabled={written.length === 0 || rows.length === 0} onClick={() => void act()} />
    </Tooltip>
  );
}

/** A CSV the server writes. */
export function ExportLink({ href }: { href: string }) {
  const t = useT();
  return (
    <Tooltip title={t("exportCsv")}>
      <Button type="text" icon={<DownloadOutlined aria-hidden />} aria-label={t("exportCsv")} href={href} download />
    </Tooltip>
  );
}
