import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";

const JourneyList = lazy(() => import("./JourneyList"));
const NewJourney = lazy(() => import("./NewJourney"));
const JourneyPage = lazy(() => import("./JourneyPage"));
const TemplateList = lazy(() => import("./templates/TemplateList"));
const TemplatePage = lazy(() => import("./templates/TemplatePage"));

/** 旅程: SOPs, and the texts they send. */
export default function JourneysRoom() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route index element={<JourneyList />} />
        <Route path="new" element={<NewJourney />} />
        <Route path="templates" element={<TemplateList />} />
        <Route path="templates/new" element={<TemplatePage />} />
        <Route path="templates/:id" element={<TemplatePage />} />
        <Route path=":id" element={<JourneyPage />} />
      </Routes>
    </Suspense>
  );
}
