import { App } from "antd";
import { useCallback } from "react";
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
  const words = useProblem();
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
            void message.error(words.text(error), 6);
          }
        },
      });
    },
    [modal, message, t, locale, words],
  );
}

/** Short notes at the top of the page: `notify.done(text)`, `notify.failed(error)`. */
export function useNotify(): { done: (text?: string) => void; failed: (error: unknown) => void } {
  const { message } = App.useApp();
  const t = useT();
  const words = useProblem();
  return {
    done: (text) => void message.success(text ?? t("saved")),
    failed: (error) => void message.error(words.text(error), 6),
  };
}
