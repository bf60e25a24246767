import type { Channel } from "@/api";

interface Standing {
  /** Kinds of identity the member has. */
  kinds: string[];
  /** Channels with a yes. */
  consents: string[];
  /** Channels on which the member must not be contacted; `*` is all. */
  suppressed: string[];
}

/** Channels on which the member said yes, is not suppressed, and has the identity that the channel needs. */
export function reachable(channels: Channel[], { kinds, consents, suppressed }: Standing): string[] {
  if (suppressed.includes("*")) return [];
  const needed = new Map(channels.map((channel) => [channel.name, channel.identity]));
  return consents.filter((channel) => {
    const identity = needed.get(channel) ?? null;
    return !suppressed.includes(channel) && (identity === null || kinds.includes(identity));
  });
}
