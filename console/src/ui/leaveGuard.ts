import { App } from "antd";
import { useEffect } from "react";
import { useBlocker } from "react-router";
import { useT, defineWords } from "./i18n";

const leaveWords = defineWords({
  ask: ["有修改还没保存", "There are unsaved changes"],
  hint: ["离开后这些修改会丢失。", "They are lost when you leave."],
  leave: ["离开", "Leave"],
  stay: ["留下", "Stay"],
});

/** Asks before unsaved work is left, also when the tab is closed. */
export function useLeaveGuard(dirty: boolean): void {
  const t = useT(leaveWords);
  const { modal } = App.useApp();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    modal.confirm({
      title: t("ask"), content: t("hint"), icon: null, okText: t("leave"), cancelText: t("stay"), okButtonProps: { danger: true },
      onOk: () => { blocker.proceed(); },
      onCancel: () => { blocker.reset(); },
    });
  }, [blocker, modal, t]);
  useEffect(() => {
    if (!dirty) return undefined;
    const ask = (event: BeforeUnloadEvent): void => { event.preventDefault(); };
    window.addEventListener("beforeunload", ask);
    return () => { window.removeEventListener("beforeunload", ask); };
  }, [dirty]);
}
