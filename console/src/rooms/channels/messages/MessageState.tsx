import { Link } from "react-router";
import { StateTag, useBoth, useLocale, useT, type Tone } from "@/ui";
import type { Message, MessageState } from "./data";
import { channelWords } from "./words";

const TONES: Record<MessageState, Tone> = { withheld: "warn", queued: "quiet", sending: "busy", sent: "busy", delivered: "good", failed: "bad", in_doubt: "bad" };

export function MessageStateTag({ state }: { state: MessageState }) {
  const t = useT(channelWords);
  return <StateTag tone={TONES[state]}>{t(state)}</StateTag>;
}

/** Why a message was withheld, put off or failed. */
export function useReason(): (message: Message) => string {
  const { locale } = useLocale();
  return (message) => (locale === "zh" ? message.reason_zh : message.reason_en) ?? "";
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
  const id = message.source.startsWith("journey:") ? message.source.slice("journey:".length) : null;
  if (id !== null) return <Link to={`/journeys/${id}`}>{names.get(id) ?? `${t("journey")} ${id}`}</Link>;
  return <>{message.source === "manual" ? t("manual") : message.source === "test" ? t("test") : message.source}</>;
}
