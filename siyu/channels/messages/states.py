"""The states of a message, and why one was withheld, deferred or failed: a closed table, in both languages. Nothing outside it is stored."""

from dataclasses import dataclass
from typing import Literal

from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class MessageReason:
    """What a reason is called, and the states it can stand behind."""

    label: LocalizedText
    states: frozenset[str]


def _reason(zh: str, en: str, *states: str) -> MessageReason:
    return MessageReason(LocalizedText(zh, en), frozenset(states))


REASONS: dict[str, MessageReason] = {
    "no_account": _reason("没有可用的渠道账号", "No channel account to send from", "withheld"),
    "no_address": _reason("没有可用的联系方式", "Not reachable on this channel", "withheld"),
    "not_yet_friend": _reason("还不是好友", "Not yet a friend", "withheld"),
    "erased": _reason("个人信息已删除", "Personal data was erased", "withheld"),
    "suppressed": _reason("在勿扰名单中", "Suppressed", "withheld"),
    "withdrawn": _reason("已退订该渠道", "Opted out of this channel", "withheld"),
    "no_consent": _reason("未授权该渠道", "No consent for this channel", "withheld"),
    "quiet_hours": _reason("在免打扰时段", "In quiet hours", "withheld", "queued"),
    "holiday": _reason("在节假日", "On a holiday", "withheld", "queued"),
    "cap": _reason("超过疲劳度上限", "Over the frequency cap", "withheld", "queued"),
    "expired": _reason("等待过久，已过期", "Waited too long and expired", "withheld"),
    "template_failed": _reason("模板无法渲染", "The template could not be rendered", "withheld"),
    "busy": _reason("平台繁忙，稍后重试", "The platform was busy; trying again later", "queued"),
    "account_trouble": _reason("渠道账号有问题，修复后继续", "The channel account is in trouble", "queued"),
    "template_retired": _reason("模板已停用", "The template was taken out of use", "withheld"),
    "refused": _reason("平台拒绝发送", "The platform refused it", "failed"),
    "not_friend": _reason("不是企业微信好友", "Not a friend on WeCom", "failed"),
    "customer_limit": _reason("客户接收已达上限", "The customer's limit is reached", "failed"),
    "staff_not_confirmed": _reason("员工未确认发送", "Staff did not confirm", "failed"),
    "cancelled": _reason("已取消", "Cancelled", "failed", "withheld"),
    "welcome_late": _reason("欢迎语超过 20 秒时限", "The welcome came after its 20 seconds", "failed"),
    "welcome_taken": _reason("欢迎语已由其他方式发送", "A welcome had been sent already", "failed"),
    "not_received": _reason("人工确认未发出", "A person found that it was not sent", "failed"),
    "lost": _reason("发送后未收到平台答复", "The platform's answer was lost", "in_doubt"),
}

MessageState = Literal["withheld", "queued", "held", "sending", "sent", "delivered", "failed", "in_doubt"]

STATES: dict[str, LocalizedText] = {
    "withheld": LocalizedText("已拦下", "Withheld"),
    "queued": LocalizedText("等待发送", "Queued"),
    "held": LocalizedText("已暂停", "On hold"),
    "sending": LocalizedText("发送中", "Sending"),
    "sent": LocalizedText("已提交", "Sent"),
    "delivered": LocalizedText("已送达", "Delivered"),
    "failed": LocalizedText("失败", "Failed"),
    "in_doubt": LocalizedText("待核实", "In doubt"),
}

REASON_LABELS: dict[str, LocalizedText] = {code: reason.label for code, reason in REASONS.items()}
