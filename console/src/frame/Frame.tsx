import { Alert } from "antd";
import { lazy, Suspense, useEffect, useState } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { useLabels, useSession, useSessionEnded } from "@/api";
import { ErrorState, useIsPhone, useT } from "@/ui";
import { useOffline } from "./offline";
import { HoldBanner } from "./HoldBanner";
import { Nav } from "./Nav";
import { Palette } from "./Palette";
import { Splash } from "./Splash";
import { TopBar } from "./TopBar";
import { frameWords } from "./words";

const SignInAgain = lazy(() => import("./SignInAgain"));
const OwnPassword = lazy(() => import("./OwnPassword"));
const PhoneNav = lazy(() => import("./PhoneNav"));

/** ⌘K or Ctrl+K anywhere. */
function usePaletteKey(open: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      open();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [open]);
}

function Inside() {
  const t = useT(frameWords);
  const phone = useIsPhone();
  const [drawer, setDrawer] = useState(false);
  const [palette, setPalette] = useState(false);
  const [openPalette] = useState(() => () => setPalette(true));
  usePaletteKey(openPalette);
  const ended = useSessionEnded();
  const offline = useOffline();
  return (
    <div className="frame">
      <a className="skip" href="#main">{t("skip")}</a>
      <TopBar phone={phone} onMenu={() => setDrawer(true)} onSearch={openPalette} />
      {phone ? (
        <Suspense>{drawer ? <PhoneNav onClose={() => setDrawer(false)} /> : null}</Suspense>
      ) : (
        <nav className="frame-nav" aria-label={t("main")}>
          <Nav />
        </nav>
      )}
      <main id="main" className="frame-main" tabIndex={-1}>
        {offline ? <Alert type="warning" banner showIcon role="status" title={t("offlineBar")} /> : null}
        <HoldBanner />
        <Outlet />
      </main>
      {ended ? <Suspense><SignInAgain /></Suspense> : null}
      {palette ? <Palette onClose={() => setPalette(false)} /> : null}
    </div>
  );
}

/** The frame of every page: it asks who is signed in before anything else is drawn. */
export function Frame() {
  const session = useSession();
  const { pathname, search } = useLocation();
  const labels = useLabels(Boolean(session.data && !session.data.password_temporary));
  if (session.isPending) return <Splash />;
  if (session.error && session.data === undefined) return <main><ErrorState error={session.error} onRetry={() => void session.refetch()} /></main>;
  if (!session.data) {
    const next = pathname === "/" ? "" : `?next=${encodeURIComponent(pathname + search)}`;
    return <Navigate to={`/sign-in${next}`} replace />;
  }
  if (session.data.password_temporary) return <Suspense fallback={<Splash />}><OwnPassword /></Suspense>;
  // Labels come before the first page, so that no code of the server is ever seen bare.
  if (labels.isPending) return <Splash />;
  if (labels.error) return <main><ErrorState error={labels.error} onRetry={() => void labels.refetch()} /></main>;
  return <Inside />;
}
