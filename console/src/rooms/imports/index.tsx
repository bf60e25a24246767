import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";
import "./imports.css";
import History from "./History";

const NewImport = lazy(() => import("./NewImport"));
const Run = lazy(() => import("./Run"));

export default function Imports() {
  return (
    <Suspense fallback={<Loading rows={10} />}>
      <Routes>
        <Route index element={<History />} />
        <Route path="new" element={<NewImport />} />
        <Route path=":id" element={<Run />} />
      </Routes>
    </Suspense>
  );
}
