import { Link } from "react-router";
import { useCan } from "@/api";
import { StateTag, useLabel, useT, type Tone } from "@/ui";
import type { Message, MessageState } from "./data";
import { channelWords } from "./words";

const TONES: Record<MessageState, Tone> = { withheld: "warn", queued: "quiet", held: "warn", sending: "busy", sent: "busy", delivered: "good", failed: "bad", in_doubt: "bad" };

export function MessageStateTag({ state }: { state: MessageState }) {
  const label = useLabel();
  return <StateTag tone={TONES[state]}>{label("message_state", state)}</StateTag>;
}

/** What asked for a message: a journey (linked for those who may see it), a person, a test. */
export function MessageSource({ message, names }: { message: Message; names: Map<string, string> }) {
  const t = useT(channelWords);
  const label = useLabel();
  const can = useCan();
  const id = message.source.startsWith("journey:") ? message.source.slice("journey:".length) : null;
  if (id !== null && !can("journeys.read")) return <>{t("journey")}</>;
  if (id !== null) return <Link to={`/journeys/${id}`}>{names.get(id) ?? `${t("journey")} ${id}`}</Link>;
  return <>{label("source", message.source)}</>;
}
