"""Facts about contacts on a platform and messages."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.text import LocalizedText


class FriendAdded(Fact):
    name, label = "friend_added", LocalizedText("添加企业微信", "Added on WeCom")
    staff: Annotated[str, Prop("员工", "Staff")]
    state: Annotated[str, Prop("活码参数", "Code state")]


class FriendRemoved(Fact):
    name, label = "friend_removed", LocalizedText("删除好友", "Removed on WeCom")
    staff: Annotated[str, Prop("员工", "Staff")]
    by: Annotated[str, Prop("操作方", "By", lasting=True)]


class MessageQueued(Fact):
    name, label = "message_queued", LocalizedText("计划发送", "Message planned")
    section = "record"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageWithheld(Fact):
    name, label = "message_withheld", LocalizedText("未发送", "Message withheld")
    section = "brand"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]
    reason: Annotated[str, Prop("原因", "Reason", lasting=True)]


class MessageSent(Fact):
    name, label = "message_sent", LocalizedText("已提交发送", "Message sent")
    section = "brand"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageDelivered(Fact):
    name, label = "message_delivered", LocalizedText("消息送达", "Message delivered")
    section = "brand"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageFailed(Fact):
    name, label = "message_failed", LocalizedText("发送失败", "Message failed")
    section = "brand"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]
    reason: Annotated[str, Prop("原因", "Reason", lasting=True)]


class MessageInDoubt(Fact):
    name, label = "message_in_doubt", LocalizedText("发送待核实", "Message in doubt")
    section = "record"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageReceived(Fact):
    name, label = "message_received", LocalizedText("客户发来消息", "Wrote to us")
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]


class PreferenceLinksRevoked(Fact):
    name, label = "preference_links_revoked", LocalizedText("消息设置链接已作废", "Links to message settings revoked")
    section = "record"


CHANNELS_FACTS: tuple[type[Fact], ...] = (
    FriendAdded,
    FriendRemoved,
    MessageQueued,
    MessageWithheld,
    MessageSent,
    MessageDelivered,
    MessageFailed,
    MessageInDoubt,
    MessageReceived,
    PreferenceLinksRevoked,
)
