/** Which identity a channel writes to; a channel that is not here needs none of ours. */
const ADDRESS: Record<string, string> = { wecom: "external_userid", sms: "phone", email: "email", official_account: "openid" };

interface Standing {
  /** Kinds of identity the member has. */
  kinds: string[];
  /** Channels with a yes. */
  given: string[];
  /** Channels on which the member must not be contacted; `*` is all. */
  suppressed: string[];
}

/** Channels on which the member said yes, is not suppressed, and has an address. */
export function reachable({ kinds, given, suppressed }: Standing): string[] {
  if (suppressed.includes("*")) return [];
  return given.filter((channel) => !suppressed.includes(channel) && (ADDRESS[channel] === undefined || kinds.includes(ADDRESS[channel])));
}
