"""Every kind of fact there is, typed. The audience builder, the timeline, audit and the docs read from here.

A kind is a frozen pydantic model; a property is a field annotated with `Prop`, its label in both languages and its
unit. To add one, write the class and add it to CATALOGUE.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Prop:
    """What a property is called, and its unit where it has one (`fen`, `member`)."""

    zh: str
    en: str
    unit: str | None = None
    listed: bool = True
    """False for plumbing that nobody would filter by."""
    lasting: bool = False
    """True for what stays when the member is erased: together with the moment it must not tell who it was."""


class Fact(BaseModel):
    """A fact of one kind; subclasses give `name`, labels and properties."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    about: ClassVar[Literal["member", "workspace"]] = "member"


# --- contacts


class MemberCreated(Fact):
    name, zh, en = "member_created", "成为客户", "Became a member"
    source: Annotated[str, Prop("来源", "Source")]


class MemberUpdated(Fact):
    name, zh, en = "member_updated", "资料更新", "Profile changed"
    fields: Annotated[list[str], Prop("字段", "Fields", listed=False)]


class IdentityLinked(Fact):
    name, zh, en = "identity_linked", "关联身份", "Identity linked"
    kind: Annotated[str, Prop("身份类型", "Kind of identity", lasting=True)]


class IdentityUnlinked(Fact):
    name, zh, en = "identity_unlinked", "解除身份", "Identity unlinked"
    kind: Annotated[str, Prop("身份类型", "Kind of identity", lasting=True)]


class MemberMerged(Fact):
    name, zh, en = "member_merged", "客户合并", "Members merged"
    merge_id: Annotated[int, Prop("合并编号", "Merge", listed=False)]
    other_id: Annotated[int, Prop("被合并客户", "Merged member", listed=False)]
    reason: Annotated[str, Prop("原因", "Reason")]


class MemberUnmerged(Fact):
    name, zh, en = "member_unmerged", "撤销合并", "Merge undone"
    merge_id: Annotated[int, Prop("合并编号", "Merge", listed=False)]
    other_id: Annotated[int, Prop("恢复的客户", "Restored member", listed=False)]


class MemberErased(Fact):
    name, zh, en = "member_erased", "已删除个人信息", "Personal data erased"


class Tagged(Fact):
    name, zh, en = "tagged", "打上标签", "Tagged"
    tag: Annotated[str, Prop("标签", "Tag")]
    source: Annotated[str, Prop("来源", "Source")]


class Untagged(Fact):
    name, zh, en = "untagged", "移除标签", "Tag removed"
    tag: Annotated[str, Prop("标签", "Tag")]
    source: Annotated[str, Prop("来源", "Source")]


class ConsentGiven(Fact):
    name, zh, en = "consent_given", "同意接收", "Opted in"
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source")]


class ConsentWithdrawn(Fact):
    name, zh, en = "consent_withdrawn", "退订", "Opted out"
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source")]


class PersonalDataRevealed(Fact):
    name, zh, en = "personal_data_revealed", "查看明文资料", "Personal data revealed"
    fields: Annotated[list[str], Prop("字段", "Fields", listed=False)]


# --- audience


class AudienceEntered(Fact):
    name, zh, en = "audience_entered", "进入人群", "Entered an audience"
    audience: Annotated[str, Prop("人群", "Audience", lasting=True)]
    cause: Annotated[str, Prop("原因", "Cause", lasting=True)]


class AudienceLeft(Fact):
    name, zh, en = "audience_left", "离开人群", "Left an audience"
    audience: Annotated[str, Prop("人群", "Audience", lasting=True)]
    cause: Annotated[str, Prop("原因", "Cause", lasting=True)]


# --- channels


class FriendAdded(Fact):
    name, zh, en = "friend_added", "添加企业微信", "Added on WeCom"
    staff: Annotated[str, Prop("员工", "Staff")]
    state: Annotated[str, Prop("活码参数", "Code state")]


class FriendRemoved(Fact):
    name, zh, en = "friend_removed", "删除好友", "Removed on WeCom"
    staff: Annotated[str, Prop("员工", "Staff")]
    by: Annotated[str, Prop("操作方", "By", lasting=True)]


class MessageQueued(Fact):
    name, zh, en = "message_queued", "计划发送", "Message planned"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageWithheld(Fact):
    name, zh, en = "message_withheld", "未发送", "Message withheld"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]
    reason: Annotated[str, Prop("原因", "Reason", lasting=True)]


class MessageSent(Fact):
    name, zh, en = "message_sent", "已提交发送", "Message sent"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageDelivered(Fact):
    name, zh, en = "message_delivered", "消息送达", "Message delivered"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageFailed(Fact):
    name, zh, en = "message_failed", "发送失败", "Message failed"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]
    reason: Annotated[str, Prop("原因", "Reason", lasting=True)]


class MessageInDoubt(Fact):
    name, zh, en = "message_in_doubt", "发送待核实", "Message in doubt"
    message_id: Annotated[int, Prop("消息编号", "Message", listed=False)]
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class MessageReceived(Fact):
    name, zh, en = "message_received", "客户发来消息", "Wrote to us"
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]


# --- communities


class GroupJoined(Fact):
    name, zh, en = "group_joined", "加入客户群", "Joined a group"
    group: Annotated[str, Prop("客户群", "Group")]
    source: Annotated[str, Prop("来源", "Source")]


class GroupLeft(Fact):
    name, zh, en = "group_left", "退出客户群", "Left a group"
    group: Annotated[str, Prop("客户群", "Group")]
    source: Annotated[str, Prop("来源", "Source")]


# --- commerce


class OrderPaid(Fact):
    name, zh, en = "order_paid", "支付订单", "Paid an order"
    order: Annotated[str, Prop("订单号", "Order number")]
    amount: Annotated[int, Prop("金额", "Amount", unit="fen", lasting=True)]
    lines: Annotated[int, Prop("商品行数", "Lines", lasting=True)]
    store: Annotated[str | None, Prop("门店", "Store", lasting=True)] = None
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class OrderRefunded(Fact):
    name, zh, en = "order_refunded", "订单退款", "Order refunded"
    order: Annotated[str, Prop("订单号", "Order number")]
    amount: Annotated[int, Prop("退款金额", "Amount refunded", unit="fen", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class CampaignSent(Fact):
    name, zh, en = "campaign_sent", "收到活动", "Was sent a campaign"
    campaign: Annotated[str, Prop("活动", "Campaign", lasting=True)]
    kind: Annotated[str | None, Prop("活动类型", "Kind of campaign", lasting=True)] = None


class CouponRedeemed(Fact):
    name, zh, en = "coupon_redeemed", "核销优惠券", "Redeemed a coupon"
    coupon: Annotated[str, Prop("优惠券", "Coupon")]
    campaign: Annotated[str | None, Prop("活动", "Campaign", lasting=True)] = None


# --- journeys


class JourneyEntered(Fact):
    name, zh, en = "journey_entered", "进入旅程", "Entered a journey"
    journey: Annotated[str, Prop("旅程", "Journey", lasting=True)]
    version: Annotated[int, Prop("版本", "Version", lasting=True)]
    entry: Annotated[int, Prop("第几次进入", "Entry number")]


class JourneyExited(Fact):
    name, zh, en = "journey_exited", "离开旅程", "Left a journey"
    journey: Annotated[str, Prop("旅程", "Journey", lasting=True)]
    version: Annotated[int, Prop("版本", "Version", lasting=True)]
    reason: Annotated[str, Prop("原因", "Reason", lasting=True)]


class JourneyGoalReached(Fact):
    name, zh, en = "journey_goal_reached", "达成旅程目标", "Reached a journey's goal"
    journey: Annotated[str, Prop("旅程", "Journey", lasting=True)]
    version: Annotated[int, Prop("版本", "Version", lasting=True)]


# --- of the workspace itself: the audit trail


class SettingChanged(Fact):
    """Somebody changed something in the console or over the API; the audit trail is made of these."""

    name, zh, en = "setting_changed", "配置变更", "Setting changed"
    about = "workspace"
    what: Annotated[str, Prop("对象", "What")]
    verb: Annotated[str, Prop("操作", "Verb")]
    subject: Annotated[str, Prop("目标", "Which")]
    detail: Annotated[dict[str, Any], Prop("内容", "Detail", listed=False)] = {}


class SignedIn(Fact):
    name, zh, en = "signed_in", "登录", "Signed in"
    about = "workspace"
    user_id: Annotated[int, Prop("用户", "User")]


class SignInRefused(Fact):
    name, zh, en = "sign_in_refused", "登录被拒绝", "Sign-in refused"
    about = "workspace"
    reason: Annotated[str, Prop("原因", "Reason")]


CATALOGUE: tuple[type[Fact], ...] = (
    MemberCreated,
    MemberUpdated,
    IdentityLinked,
    IdentityUnlinked,
    MemberMerged,
    MemberUnmerged,
    MemberErased,
    Tagged,
    Untagged,
    ConsentGiven,
    ConsentWithdrawn,
    PersonalDataRevealed,
    AudienceEntered,
    AudienceLeft,
    FriendAdded,
    FriendRemoved,
    MessageQueued,
    MessageWithheld,
    MessageSent,
    MessageDelivered,
    MessageFailed,
    MessageInDoubt,
    MessageReceived,
    GroupJoined,
    GroupLeft,
    OrderPaid,
    OrderRefunded,
    CampaignSent,
    CouponRedeemed,
    JourneyEntered,
    JourneyExited,
    JourneyGoalReached,
    SettingChanged,
    SignedIn,
    SignInRefused,
)

KINDS: dict[str, type[Fact]] = {kind.name: kind for kind in CATALOGUE}

LASTING: frozenset[str] = frozenset(
    f"{kind.name}.{name}"
    for kind in CATALOGUE
    for name, field in kind.model_fields.items()
    for prop in field.metadata
    if isinstance(prop, Prop) and prop.lasting
)
"""`kind.property` of everything that stays when the member is erased; all else of a fact's properties goes."""

PropType = Literal["text", "number", "money", "boolean", "time", "list"]


@dataclass(frozen=True)
class PropSpec:
    """A property as the audience language and the docs see it."""

    name: str
    type: PropType
    zh: str
    en: str


def props_of(kind: type[Fact]) -> list[PropSpec]:
    """The listed properties of `kind`, in the order they are written."""
    return [
        PropSpec(name, _prop_type(field.annotation, prop), prop.zh, prop.en)
        for name, field in kind.model_fields.items()
        for prop in field.metadata
        if isinstance(prop, Prop) and prop.listed
    ]


def _prop_type(annotation: Any, prop: Prop) -> PropType:
    if prop.unit == "fen":
        return "money"
    types = set(get_args(annotation) or (annotation,)) - {type(None)}
    table: dict[Any, PropType] = {str: "text", int: "number", float: "number", bool: "boolean", datetime: "time"}
    return table.get(types.pop(), "list") if len(types) == 1 else "list"
