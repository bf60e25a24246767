import { lazy, Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";
import { Loading } from "@/ui";
import { SECTIONS } from "./sections";
import { SettingsFrame } from "./SettingsFrame";

const PAGES = {
  account: lazy(() => import("@/rooms/platform/Account")),
  workspace: lazy(() => import("@/rooms/platform/Workspace")),
  team: lazy(() => import("@/rooms/platform/Team")),
  keys: lazy(() => import("@/rooms/platform/Keys")),
  calm: lazy(() => import("@/rooms/channels/policy/SendPolicy")),
  accounts: lazy(() => import("@/rooms/channels/accounts/AccountList")),
  operation: lazy(() => import("@/rooms/platform/Operation")),
  audit: lazy(() => import("@/rooms/platform/Audit")),
};

/** Settings: one page a section, each of the room it belongs to, the sections named beside it. */
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
