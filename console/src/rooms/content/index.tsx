import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";

const TemplateList = lazy(() => import("./TemplateList"));
const TemplatePage = lazy(() => import("./TemplatePage"));

/** 内容模板: the texts that journeys send. */
export default function ContentRoom() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route index element={<TemplateList />} />
        <Route path="new" element={<TemplatePage />} />
        <Route path=":id" element={<TemplatePage />} />
      </Routes>
    </Suspense>
  );
}
