import { CopyOutlined } from "@ant-design/icons";
import { Alert, Button, Modal } from "antd";
import { useNotify, useT } from "@/ui";
import { platformWords } from "./words";
import "./platform.css";

/** The secret, once. Only a deliberate button closes it. */
export function SecretDialog({ secret, title, hint, onClose }: { secret: string; title?: string; hint?: string; onClose: () => void }) {
  const t = useT(platformWords);
  const notify = useNotify();
  const copy = () => {
    void navigator.clipboard.writeText(secret).then(() => notify.done(t("copied")), notify.failed);
  };
  return (
    <Modal open title={title ?? t("secretTitle")} closable={false} keyboard={false} mask={{ closable: false }} footer={<Button type="primary" onClick={onClose}>{t("secretSaved")}</Button>}>
      <div className="stack tight">
        <Alert type="warning" title={hint ?? t("secretHint")} showIcon />
        <div className="secret" data-testid="secret">{secret}</div>
        <div><Button icon={<CopyOutlined aria-hidden />} onClick={copy}>{t("copy")}</Button></div>
      </div>
    </Modal>
  );
}
