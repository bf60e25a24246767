/** Channels that have an adapter and so an account. */
export const CHANNELS = ["wecom", "webhook"] as const;
