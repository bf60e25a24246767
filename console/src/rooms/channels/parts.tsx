import { Link } from "react-router";
import { StateTag, useBoth, useT, type Tone } from "@/ui";
import { isReason, reasonWords } from "@/ui/reasons";
import type { Message, MessageState } from "./api";
import { channelWords } from "./words";

const TONES: Record<MessageState, Tone> = { withheld: "warn", queued: "quiet", sending: "busy", sent: "busy", delivered: "good", failed: "bad", in_doubt: "bad" };

export function MessageStateTag({ state }: { state: MessageState }) {
  const t = useT(channelWords);
  return <StateTag tone={TONES[state]}>{t(state)}</StateTag>;
}

/** A reason in words; the server's own label wins over ours. */
export function useReason(): (message: Pick<Message, "reason" | "reason_label">) => string {
  const t = useT(reasonWords);
  const both = useBoth();
  return ({ reason, reason_label: label }) => {
    if (label) return both(label);
    return reason && isReason(reason) ? t(reason) : (reason ?? "");
  };
}

const CHANNEL_NAMES: Record<string, { zh: string; en: string }> = {
  wecom: { zh: "企业微信", en: "WeCom" },
  webhook: { zh: "Webhook", en: "Webhook" },
};

export function useChannelName(): (channel: string) => string {
  const both = useBoth();
  return (channel) => both(CHANNEL_NAMES[channel]) || channel;
}

/** What asked for a message: a journey (linked), a person, a test. */
export function Source({ message, names }: { message: Message; names: Map<string, string> }) {
  const t = useT(channelWords);
  const id = message.journey ? String(message.journey.id) : message.source.startsWith("journey:") ? message.source.slice("journey:".length) : null;
  if (id !== null) return <Link to={`/journeys/${id}`}>{message.journey?.name ?? names.get(id) ?? `${t("journey")} ${id}`}</Link>;
  return <>{message.source === "manual" ? t("manual") : message.source === "test" ? t("test") : message.source}</>;
}
