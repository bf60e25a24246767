import { Radio } from "antd";
import { useState } from "react";
import { format, useLocale, useT } from "@/ui";
import type { JourneyDetail } from "./data";
import { journeyWords } from "./words";

export type WaitingChoice = "send" | "cancel";

interface Props {
  messages: JourneyDetail["messages"];
  /** Left out: nothing is to be chosen, the number alone is said. */
  choice?: { first: WaitingChoice; onChange: (choice: WaitingChoice) => void };
}

/** How many messages of a journey have not gone out, and what is to become of them. */
export function WaitingMessages({ messages, choice }: Props) {
  const t = useT(journeyWords);
  const { locale } = useLocale();
  const [chosen, setChosen] = useState<WaitingChoice>(choice?.first ?? "cancel");
  const waiting = messages.queued + messages.held;
  const number = (n: number): string => format.number(n, locale);
  return (
    <div className="stack tight">
      <strong className="num">{t(waiting ? "waitingMessages" : "noWaitingMessages", { n: number(waiting) })}</strong>
      {messages.sending ? <span className="num">{t("sendingMessages", { n: number(messages.sending) })}</span> : null}
      {messages.expired ? <span className="num">{t("waitingExpired", { n: number(messages.expired) })}</span> : null}
      {choice && waiting ? (
        <Radio.Group
          aria-label={t("waitingChoice")} value={chosen} className="stack tight"
          onChange={(event) => { const next = event.target.value as WaitingChoice; setChosen(next); choice.onChange(next); }}
          options={[
            { value: "cancel", label: t("waitingCancel", { n: number(waiting) }) },
            { value: "send", label: t("waitingSendStill", { n: number(waiting) }) },
          ]}
        />
      ) : null}
    </div>
  );
}
