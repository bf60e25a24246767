import { App } from "antd";
import { useEffect, useRef, useState } from "react";
import { useBlocker } from "react-router";
import { useT, defineWords } from "./i18n";

const leaveWords = defineWords({
  ask: ["有修改还没保存", "There are unsaved changes"],
  hint: ["离开后这些修改会丢失。", "They are lost when you leave."],
  close: ["有内容还没保存", "What you typed is not saved"],
  closeHint: ["关闭后已填写的内容会丢失。", "It is lost when you close this."],
  discard: ["不保存，关闭", "Close without saving"],
  leave: ["离开", "Leave"],
  stay: ["留下", "Stay"],
});

/** Closes a form that stands over the page; asks first when something was changed in it. */
export function useCloseGuard(changed: () => boolean, close: () => void): () => void {
  const t = useT(leaveWords);
  const { modal } = App.useApp();
  return () => {
    if (!changed()) {
      close();
      return;
    }
    modal.confirm({ title: t("close"), content: t("closeHint"), icon: null, okText: t("discard"), cancelText: t("stay"), okButtonProps: { danger: true }, onOk: close });
  };
}

/** Guards a form that is a page: the mark to set when something changes, and to take away once it is saved. */
export function useFormGuard(): (changed: boolean) => void {
  const [changed, setChanged] = useState(false);
  useLeaveGuard(changed);
  return setChanged;
}

/** Asks before unsaved work is left, also when the tab is closed. */
export function useLeaveGuard(dirty: boolean): void {
  const t = useT(leaveWords);
  const { modal } = App.useApp();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  const asking = useRef(false);
  useEffect(() => {
    if (blocker.state !== "blocked") asking.current = false;
    if (blocker.state !== "blocked" || asking.current) return;
    asking.current = true;
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
