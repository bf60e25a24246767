import { Button } from "antd";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { Problem } from "@/api";
import { EmptyState, useT } from "@/ui";
import { Forbidden, NotFound } from "./NotFound";
import { Splash } from "./Splash";
import { frameWords } from "./words";

const RELOADED = "siyu.reloaded";

/** After an upgrade the old page asks for files that are gone; one reload brings the new ones. */
function isStaleBuild(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}

/** Catches what a page throws: a missing page, a lacking permission, or a fault of ours. */
export function RouteFault({ bare = false }: { bare?: boolean }) {
  const error = useRouteError();
  const t = useT(frameWords);
  if (isStaleBuild(error) && !sessionStorage.getItem(RELOADED)) {
    sessionStorage.setItem(RELOADED, "1");
    location.reload();
    return <Splash />;
  }
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  if (error instanceof Problem && error.status === 403) return <Forbidden />;
  const body = (
    <div role="alert">
      <EmptyState title={t("broken")} hint={t("brokenHint")} actions={<Button type="primary" onClick={() => location.reload()}>{t("reload")}</Button>} />
    </div>
  );
  return bare ? <main>{body}</main> : body;
}
