import { lazy, Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";
import { Loading } from "@/ui";
import { SECTIONS } from "./sections";
import { SettingsFrame } from "./SettingsFrame";

const Account = lazy(() => import("./Account"));
const Workspace = lazy(() => import("./Workspace"));
const Team = lazy(() => import("./Team"));
const Keys = lazy(() => import("./Keys"));
const Calm = lazy(() => import("./Calm"));
const Accounts = lazy(() => import("./Accounts"));
const Audit = lazy(() => import("./Audit"));

const PAGES = { account: Account, workspace: Workspace, team: Team, keys: Keys, calm: Calm, accounts: Accounts, audit: Audit };

/** Settings: one page a section, the sections named beside it. */
export default function Settings() {
  return (
    <Routes>
      <Route index element={<Navigate to="account" replace />} />
      {SECTIONS.map((section) => {
        const Body = PAGES[section.key];
        return (
          <Route
            key={section.key}
            path={section.key}
            element={
              <SettingsFrame section={section}>
                <Suspense fallback={<Loading />}>
                  <Body />
                </Suspense>
              </SettingsFrame>
            }
          />
        );
      })}
      <Route path="*" element={<Navigate to="/settings/account" replace />} />
    </Routes>
  );
}
