import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";
import { Loading } from "@/ui";
import "./contacts.css";
import MemberList from "./MemberList";

const MemberPage = lazy(() => import("./member/MemberPage"));
const Tags = lazy(() => import("./Tags"));
const Attributes = lazy(() => import("./Attributes"));

export default function Contacts() {
  return (
    <Suspense fallback={<Loading rows={10} />}>
      <Routes>
        <Route index element={<MemberList />} />
        <Route path="tags" element={<Tags />} />
        <Route path="attributes" element={<Attributes />} />
        <Route path=":id" element={<MemberPage />} />
      </Routes>
    </Suspense>
  );
}
