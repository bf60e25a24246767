import { Button } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { api, ok, useCan } from "@/api";
import { format, useConfirm, useLocale, useNotify, useT } from "@/ui";
import { MESSAGES, type Cancelling, type Summary } from "./data";
import { channelWords } from "./words";

interface Props {
  summary: Summary;
  criteria: Cancelling;
}

/** How many of the messages wait that match the criteria; those of a reason are counted by it. */
function waitingOf(summary: Summary, { state, reason }: Cancelling): number {
  const states = state ? [state] : ["queued", "held"];
  const counts: { state: string; count: number }[] = reason ? summary.reasons.filter((entry) => entry.reason === reason) : summary.states;
  return counts.filter((entry) => states.includes(entry.state)).reduce((sum, entry) => sum + entry.count, 0);
}

/** Cancels all that wait and match the filters of the list, after saying how many. */
export function CancelMatching({ summary, criteria }: Props) {
  const t = useT(channelWords);
  const { locale } = useLocale();
  const can = useCan();
  const confirm = useConfirm();
  const notify = useNotify();
  const cache = useQueryClient();
  const waiting = waitingOf(summary, criteria);
  if (!can("messages.cancel") || waiting === 0) return null;
  const n = format.number(waiting, locale);
  const cancel = (): void => {
    confirm({
      title: t("cancelMatchingAsk", { n }), body: t("cancelBody"), act: t("cancelAct"), danger: true,
      run: async () => {
        const { cancelled } = await ok(api.POST("/api/v1/messages/cancel", { body: criteria }));
        await cache.invalidateQueries({ queryKey: MESSAGES });
        notify.done(t("cancelledN", { n: format.number(cancelled, locale) }));
      },
    });
  };
  return <Button danger onClick={cancel}>{t("cancelMatching", { n })}</Button>;
}
