import { useCallback } from "react";
import type { Words } from "./i18n";
import { useLocale } from "./i18n";

/** What the server's codes are called, in one place for all rooms. */
const VOCABULARY = {
  channel: {
    wecom: ["企业微信", "WeCom"],
    webhook: ["Webhook", "Webhook"],
    sms: ["短信", "SMS"],
    email: ["邮件", "Email"],
    inbox: ["站内信", "Inbox"],
    official_account: ["公众号", "Official account"],
    moments: ["朋友圈", "Moments"],
    "*": ["所有渠道", "All channels"],
  },
  messageState: {
    withheld: ["已拦下", "Withheld"],
    queued: ["等待发送", "Queued"],
    sending: ["发送中", "Sending"],
    sent: ["已提交", "Sent"],
    delivered: ["已送达", "Delivered"],
    failed: ["失败", "Failed"],
    in_doubt: ["待核实", "In doubt"],
  },
  reason: {
    no_account: ["没有可用的渠道账号", "No channel account to send from"],
    no_address: ["没有可用的联系方式", "Not reachable on this channel"],
    erased: ["个人信息已删除", "Personal data was erased"],
    suppressed: ["在勿扰名单中", "Suppressed"],
    withdrawn: ["已退订该渠道", "Opted out of this channel"],
    no_consent: ["未授权该渠道", "No consent for this channel"],
    quiet_hours: ["在免打扰时段", "In quiet hours"],
    holiday: ["在节假日", "On a holiday"],
    cap: ["超过疲劳度上限", "Over the frequency cap"],
    expired: ["等待过久，已过期", "Waited too long and expired"],
    template_failed: ["模板无法渲染", "The template could not be rendered"],
    busy: ["平台繁忙，稍后重试", "The platform was busy; trying again later"],
    account_trouble: ["渠道账号有问题，修复后继续", "The channel account is in trouble"],
    refused: ["平台拒绝发送", "The platform refused it"],
    not_friend: ["不是企业微信好友", "Not a friend on WeCom"],
    customer_limit: ["客户接收已达上限", "The customer's limit is reached"],
    staff_not_confirmed: ["员工未确认发送", "Staff did not confirm"],
    cancelled: ["已取消", "Cancelled"],
    welcome_late: ["欢迎语超过 20 秒时限", "The welcome came after its 20 seconds"],
    welcome_taken: ["欢迎语已由其他方式发送", "A welcome had been sent already"],
    not_received: ["人工确认未发出", "A person found that it was not sent"],
    lost: ["发送后未收到平台答复", "The platform's answer was lost"],
  },
  identity: {
    openid: ["微信 OpenID", "WeChat OpenID"],
    unionid: ["微信 UnionID", "WeChat UnionID"],
    external_userid: ["企微外部联系人", "WeCom external id"],
    phone: ["手机号", "Phone"],
    email: ["邮箱", "Email"],
    anonymous: ["匿名编号", "Anonymous id"],
    external_id: ["会员编号", "Customer number"],
  },
  stage: {
    new: ["新客", "New"],
    ordinary: ["普通", "Ordinary"],
    core: ["核心", "Core"],
    silent: ["沉默", "Silent"],
    lost: ["流失", "Lost"],
    none: ["未消费", "No order yet"],
    prospect: ["未消费", "No order yet"],
  },
  consent: {
    given: ["已同意", "Opted in"],
    withdrawn: ["已退订", "Opted out"],
    none: ["未询问", "Never asked"],
  },
  source: {
    manual: ["手动", "By hand"],
    console: ["后台", "Console"],
    import: ["导入", "Import"],
    api: ["接口", "API"],
    rule: ["规则", "Rule"],
    event: ["事件", "Event"],
    journey: ["旅程", "Journey"],
    wecom: ["企业微信", "WeCom"],
    preferences: ["消息设置页", "Preference page"],
    member: ["客户本人", "The member"],
    demo: ["演示数据", "Demo data"],
    test: ["测试", "Test"],
    system: ["系统", "Siyu"],
  },
  importState: {
    waiting: ["排队中", "Waiting"],
    running: ["导入中", "Running"],
    done: ["已完成", "Done"],
    cancelled: ["已取消", "Cancelled"],
    failed: ["中断", "Stopped"],
  },
} satisfies Record<string, Words>;

export type Vocabulary = keyof typeof VOCABULARY;

/** What a code is called: `name("channel", "wecom")`. `journey:12` reads as its first part; an unknown code stays as it is. */
export function useName(): (kind: Vocabulary, code: string | null | undefined) => string {
  const { locale } = useLocale();
  return useCallback(
    (kind, code) => {
      if (!code) return "";
      const at = locale === "zh" ? 0 : 1;
      const table: Words = VOCABULARY[kind];
      return table[code]?.[at] ?? table[code.split(":")[0] ?? ""]?.[at] ?? code;
    },
    [locale],
  );
}
