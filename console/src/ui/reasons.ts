import { words } from "./i18n";

/** Why a message was withheld, put off or failed: the server's closed table, in the operator's words. */
export const reasonWords = words({
  no_account: ["没有可用的渠道账号", "no channel account to send from"],
  no_address: ["没有可用的联系方式", "not reachable on this channel"],
  erased: ["个人信息已删除", "personal data was erased"],
  suppressed: ["在勿扰名单中", "on the suppression list"],
  withdrawn: ["已退订该渠道", "opted out of this channel"],
  no_consent: ["未授权该渠道", "no consent for this channel"],
  quiet_hours: ["在免打扰时段", "in quiet hours"],
  holiday: ["在节假日", "on a holiday"],
  cap: ["超过疲劳度上限", "over the frequency cap"],
  expired: ["等待过久，已过期", "waited too long and expired"],
  template_failed: ["模板无法渲染", "the template could not be rendered"],
  busy: ["平台繁忙，稍后重试", "the platform was busy; trying again later"],
  account_trouble: ["渠道账号有问题，修复后继续", "the channel account is in trouble"],
  refused: ["平台拒绝发送", "refused by the platform"],
  not_friend: ["不是企业微信好友", "not a friend on WeCom"],
  customer_limit: ["客户接收已达上限", "the customer's limit is reached"],
  staff_not_confirmed: ["员工未确认发送", "staff did not confirm"],
  cancelled: ["已取消", "cancelled"],
  welcome_late: ["欢迎语超过 20 秒时限", "the welcome came after its 20 seconds"],
  welcome_taken: ["欢迎语已由其他方式发送", "a welcome had been sent already"],
  not_received: ["人工确认未发出", "a person found that it was not sent"],
  lost: ["发送后未收到平台答复", "the platform's answer was lost"],
});

export type ReasonKey = keyof typeof reasonWords;

export const isReason = (reason: string): reason is ReasonKey => reason in reasonWords;
