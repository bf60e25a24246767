import { Button } from "antd";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { Problem } from "@/api";
import { EmptyState, useT } from "@/ui";
import { Forbidden, NotFound } from "./NotFound";
import { isUnfetched, Unreached } from "./Unreached";
import { frameWords } from "./words";

/** Catches what a page throws: a missing page, a lacking permission, or a fault of ours. */
export function RouteFault({ bare = false }: { bare?: boolean }) {
  const error = useRouteError();
  const t = useT(frameWords);
  if (isUnfetched(error)) return bare ? <main><Unreached /></main> : <Unreached />;
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  if (error instanceof Problem && error.status === 403) return <Forbidden />;
  const body = (
    <div role="alert">
      <EmptyState title={t("broken")} hint={t("brokenHint")} actions={<Button type="primary" onClick={() => location.reload()}>{t("reload")}</Button>} />
    </div>
  );
  return bare ? <main>{body}</main> : body;
}
