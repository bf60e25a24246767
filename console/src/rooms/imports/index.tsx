import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";
import "./imports.css";
import ImportList from "./ImportList";

const NewImport = lazy(() => import("./NewImport"));
const ImportPage = lazy(() => import("./ImportPage"));

export default function Imports() {
  return (
    <Suspense fallback={<Loading rows={10} />}>
      <Routes>
        <Route index element={<ImportList />} />
        <Route path="new" element={<NewImport />} />
        <Route path=":id" element={<ImportPage />} />
      </Routes>
    </Suspense>
  );
}
