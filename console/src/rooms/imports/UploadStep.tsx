import { InboxOutlined } from "@ant-design/icons";
import { Progress, Upload } from "antd";
import { useState } from "react";
import { upload } from "@/api";
import { ErrorState, format, useT } from "@/ui";
import type { Uploaded } from "./types";
import { importWords } from "./words";

const ACCEPTS = ".csv,.tsv,.txt,.xlsx,.xls,.parquet";

export function UploadStep({ onUploaded }: { onUploaded: (uploaded: Uploaded) => void }) {
  const t = useT(importWords);
  const [sent, setSent] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const send = async (file: File) => {
    setError(null);
    setSent(0);
    const form = new FormData();
    form.append("file", file, file.name);
    try {
      onUploaded(await upload(form, setSent));
    } catch (problem) {
      setError(problem);
    } finally {
      setSent(null);
    }
  };
  return (
    <section className="panel">
      <Upload.Dragger
        accept={ACCEPTS}
        multiple={false}
        showUploadList={false}
        disabled={sent !== null}
        beforeUpload={(file) => {
          void send(file);
          return false;
        }}
      >
        <p style={{ fontSize: 32, color: "var(--jade)" }}><InboxOutlined aria-hidden /></p>
        <p style={{ fontWeight: 600 }}>{t("drop")}</p>
        <p className="muted">{t("dropHint")}</p>
      </Upload.Dragger>
      {sent === null ? null : (
        <div style={{ marginTop: 16 }} role="status">
          <Progress percent={Math.floor(sent * 100)} status="active" aria-label={t("progress")} />
          <span className="muted">{sent < 1 ? t("uploading", { share: format.percent(sent, 0) }) : t("reading")}</span>
        </div>
      )}
      {error ? <ErrorState error={error} title={t("uploadFailed")} /> : null}
    </section>
  );
}
