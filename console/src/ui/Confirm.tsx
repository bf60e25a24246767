import { App } from "antd";
import { useCallback } from "react";
import { asProblem } from "@/api";
import type { ReactNode } from "react";
import { number } from "./format";
import { useLocale, useT } from "./i18n";
import { useProblem } from "./problems";

interface Ask {
  title: ReactNode;
  body?: ReactNode;
  /** How many people the act touches; named in the dialog. */
  people?: number;
  /** The verb on the button. */
  act: string;
  danger?: boolean;
  run: () => Promise<unknown>;
  done?: string;
}

/** Asks once more before an act and names the number of people it touches. A refusal is shown in words. */
export function useConfirm(): (ask: Ask) => void {
  const { modal, message } = App.useApp();
  const t = useT();
  const { locale } = useLocale();
  const refused = useRefusal();
  return useCallback(
    (ask) => {
      modal.confirm({
        title: ask.title,
        icon: null,
        autoFocusButton: ask.danger ? "cancel" : "ok",
        content: (
          <div className="stack tight">
            {ask.people === undefined ? null : <strong className="num">{t("touched", { n: number(ask.people, locale) })}</strong>}
            {ask.body}
          </div>
        ),
        okText: ask.act,
        cancelText: t("cancel"),
        okButtonProps: { danger: ask.danger ?? false },
        onOk: async () => {
          try {
            await ask.run();
            if (ask.done) void message.success(ask.done);
          } catch (error) {
            refused(error);
          }
        },
      });
    },
    [modal, message, t, locale, refused],
  );
}

/** Tells why something was refused: shortly, or in a dialog with links to what stands in the way. */
export function useRefusal(): (error: unknown) => void {
  const { modal, message } = App.useApp();
  const problems = useProblem();
  return useCallback(
    (error) => {
      const linked = asProblem(error).faults.filter((fault) => fault.href);
      if (linked.length === 0) {
        void message.error(problems.text(error), 6);
        return;
      }
      modal.error({
        title: problems.text(error),
        icon: null,
        content: (
          <ul className="stack tight">
            {linked.map((fault) => <li key={fault.path}><a href={fault.href ?? ""}>{problems.fault(fault)}</a></li>)}
          </ul>
        ),
      });
    },
    [modal, message, problems],
  );
}

/** Short notes at the top of the page: `notify.done(text)`, `notify.failed(error)`. */
export function useNotify(): { done: (text?: string) => void; failed: (error: unknown) => void } {
  const { message } = App.useApp();
  const t = useT();
  const failed = useRefusal();
  return { done: (text) => void message.success(text ?? t("saved")), failed };
}
