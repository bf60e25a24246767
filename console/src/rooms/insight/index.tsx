import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";

const Gallery = lazy(() => import("./Gallery"));
const Dictionary = lazy(() => import("./Dictionary"));
const ReportPage = lazy(() => import("./ReportPage"));

/** 洞察: what worked. */
export default function InsightRoom() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route index element={<Gallery />} />
        <Route path="dictionary" element={<Dictionary />} />
        <Route path=":name" element={<ReportPage />} />
      </Routes>
    </Suspense>
  );
}
