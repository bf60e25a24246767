import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";

const Log = lazy(() => import("./Log"));

/** 触达记录: what was sent, what was withheld and why. */
export default function ChannelsRoom() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route index element={<Log />} />
      </Routes>
    </Suspense>
  );
}
