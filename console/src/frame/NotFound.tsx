import { Button } from "antd";
import { useNavigate } from "react-router";
import { EmptyState, Page, useT } from "@/ui";
import { frameWords } from "./words";

export function NotFound() {
  const t = useT(frameWords);
  const navigate = useNavigate();
  return (
    <Page title={t("notFound")}>
      <EmptyState title={t("notFound")} hint={t("notFoundHint")} actions={<Button type="primary" onClick={() => void navigate("/")}>{t("home")}</Button>} />
    </Page>
  );
}

/** In place of a page whose permission the signed-in person lacks. */
export function Forbidden() {
  const t = useT(frameWords);
  const navigate = useNavigate();
  return (
    <Page title={t("forbidden")}>
      <EmptyState title={t("forbidden")} hint={t("forbiddenHint")} actions={<Button type="primary" onClick={() => void navigate("/")}>{t("home")}</Button>} />
    </Page>
  );
}
