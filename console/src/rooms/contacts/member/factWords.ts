import { words } from "@/ui";
import type { Tone } from "@/ui";

/** One sentence for each kind of fact; `{prop}` is filled with the readable value of that property. */
export const factWords = words({
  member_created: ["成为客户，来自{source}", "Became a member, from {source}"],
  member_updated: ["资料有更新", "The profile changed"],
  identity_linked: ["关联了{kind}", "{kind} was linked"],
  identity_unlinked: ["解除了{kind}", "{kind} was unlinked"],
  member_merged: ["并入客户 {other_id}", "Member {other_id} was merged in"],
  member_unmerged: ["撤销与客户 {other_id} 的合并", "The merge with member {other_id} was undone"],
  member_erased: ["个人信息已删除", "Personal data was erased"],
  tagged: ["打上标签“{tag}”", "Tagged “{tag}”"],
  untagged: ["移除标签“{tag}”", "The tag “{tag}” was removed"],
  consent_given: ["同意接收{channel}", "Opted in to {channel}"],
  consent_withdrawn: ["退订了{channel}", "Opted out of {channel}"],
  personal_data_revealed: ["明文资料被查看", "Personal data was shown in clear"],
  audience_entered: ["进入人群“{audience}”", "Entered the audience “{audience}”"],
  audience_left: ["离开人群“{audience}”", "Left the audience “{audience}”"],
  friend_added: ["添加了员工 {staff} 的企业微信", "Added {staff} on WeCom"],
  friend_removed: ["与员工 {staff} 的企业微信好友关系结束", "Is no longer connected with {staff} on WeCom"],
  message_queued: ["计划通过{channel}发送一条消息", "A message on {channel} was planned"],
  message_withheld: ["{channel}消息没有发送", "A message on {channel} was withheld"],
  message_sent: ["已通过{channel}提交发送", "A message went out on {channel}"],
  message_delivered: ["{channel}消息已送达", "A message was delivered on {channel}"],
  message_failed: ["{channel}消息发送失败", "A message on {channel} failed"],
  message_in_doubt: ["{channel}消息是否送达待核实", "Whether a message on {channel} arrived is in doubt"],
  message_received: ["客户从{channel}发来消息", "Wrote to us on {channel}"],
  order_paid: ["支付订单 {order}，{amount}", "Paid order {order}, {amount}"],
  order_refunded: ["订单 {order} 退款 {amount}", "Order {order} refunded, {amount}"],
  campaign_sent: ["收到活动“{campaign}”", "Was sent the campaign “{campaign}”"],
  coupon_redeemed: ["核销优惠券 {coupon}", "Redeemed coupon {coupon}"],
  journey_entered: ["进入旅程“{journey}”", "Entered the journey “{journey}”"],
  journey_exited: ["离开旅程“{journey}”", "Left the journey “{journey}”"],
  journey_goal_reached: ["达成旅程“{journey}”的目标", "Reached the goal of the journey “{journey}”"],
});

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
