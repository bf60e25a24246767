import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";

const JourneyList = lazy(() => import("./JourneyList"));
const NewJourney = lazy(() => import("./NewJourney"));
const JourneyPage = lazy(() => import("./JourneyPage"));

/** 旅程: SOPs. */
export default function JourneysRoom() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route index element={<JourneyList />} />
        <Route path="new" element={<NewJourney />} />
        <Route path=":id" element={<JourneyPage />} />
      </Routes>
    </Suspense>
  );
}
