import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";

const MessageList = lazy(() => import("./messages/MessageList"));

/** 触达记录: what was sent, what was withheld and why. */
export default function ChannelsRoom() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route index element={<MessageList />} />
      </Routes>
    </Suspense>
  );
}
