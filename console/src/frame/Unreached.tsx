import { useEffect } from "react";
import { EmptyState, useT } from "@/ui";
import { frameWords } from "./words";

const RELOADED = "siyu.reloaded";
const RELOAD_EVERY_MS = 30_000;
const ASK_AGAIN_MS = 3_000;

/** A file of the page could not be fetched: the network is away, or after an upgrade it is gone. A reload brings the new ones. */
export function isUnfetched(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script|preload/i.test(error.message);
}

/** Loads the page anew as soon as the server answers; what was asked for is still its address. */
function reloadOnce(): void {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < RELOAD_EVERY_MS) return;
  void fetch("/healthz", { cache: "no-store" }).then(() => {
    sessionStorage.setItem(RELOADED, String(Date.now()));
    location.reload();
  }, () => undefined);
}

/** In the place of a page whose files did not come; it opens by itself once they do. */
export function Unreached() {
  const t = useT(frameWords);
  useEffect(() => {
    reloadOnce();
    const timer = setInterval(reloadOnce, ASK_AGAIN_MS);
    addEventListener("online", reloadOnce);
    return () => {
      clearInterval(timer);
      removeEventListener("online", reloadOnce);
    };
  }, []);
  return <div className="panel" role="status"><EmptyState title={t("offline")} hint={t("offlineHint")} /></div>;
}
