import { Button } from "antd";
import { useEffect } from "react";
import { useSignOut } from "@/api";
import { MyPassword } from "@/rooms/platform/Account";
import { platformWords } from "@/rooms/platform/words";
import { useT } from "@/ui";
import { Mark } from "./Mark";
import { frameWords } from "./words";

/** What somebody sees who signed in with a first password: nothing but its change, since the server answers nothing else. */
export default function OwnPassword() {
  const t = useT(platformWords);
  const frame = useT(frameWords);
  const signOut = useSignOut();
  useEffect(() => {
    document.title = `${t("ownPassword")} · Siyu`;
  }, [t]);
  return (
    <main className="sign-in-form" style={{ minHeight: "100vh" }}>
      <div className="sign-in-box stack">
        <Mark size={40} />
        <h1>{t("ownPassword")}</h1>
        <p className="muted">{t("ownPasswordLead")}</p>
        <MyPassword />
        <Button type="link" onClick={() => signOut.mutate()}>{frame("signOut")}</Button>
      </div>
    </main>
  );
}
