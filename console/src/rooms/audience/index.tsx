import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";

const AudienceList = lazy(() => import("./AudienceList"));
const AudiencePage = lazy(() => import("./AudiencePage"));
const AudienceBuilder = lazy(() => import("./AudienceBuilder"));

/** 人群: who is meant. */
export default function AudienceRoom() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route index element={<AudienceList />} />
        <Route path="new" element={<AudienceBuilder />} />
        <Route path=":id" element={<AudiencePage />} />
        <Route path=":id/edit" element={<AudienceBuilder />} />
      </Routes>
    </Suspense>
  );
}
