import type { Tone } from "@/ui";

/** The colour of a fact's dot; facts without one are plain. */
export const FACT_TONES: Record<string, Tone> = {
  order_paid: "good",
  coupon_redeemed: "good",
  journey_goal_reached: "good",
  message_delivered: "good",
  message_sent: "busy",
  message_queued: "busy",
  message_withheld: "warn",
  message_in_doubt: "warn",
  consent_withdrawn: "warn",
  friend_removed: "warn",
  order_refunded: "warn",
  message_failed: "bad",
  member_erased: "bad",
};

/** The filters of the timeline: a word, and the kinds of facts behind it. */
export const FACT_FILTERS = [
  { key: "allFacts", kinds: [] },
  { key: "factsMessages", kinds: ["message_queued", "message_withheld", "message_sent", "message_delivered", "message_failed", "message_in_doubt", "message_received", "campaign_sent", "friend_added", "friend_removed"] },
  { key: "factsOrders", kinds: ["order_paid", "order_refunded", "coupon_redeemed"] },
  { key: "factsTags", kinds: ["tagged", "untagged", "consent_given", "consent_withdrawn"] },
  { key: "factsJourneys", kinds: ["audience_entered", "audience_left", "journey_entered", "journey_exited", "journey_goal_reached"] },
  { key: "factsIdentity", kinds: ["member_created", "member_updated", "identity_linked", "identity_unlinked", "member_merged", "member_unmerged", "personal_data_revealed"] },
] as const;
