"""Facts about members and their data."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.text import LocalizedText


class MemberCreated(Fact):
    name, label = "member_created", LocalizedText("成为客户", "Became a member")
    source: Annotated[str, Prop("来源", "Source")]


class MemberUpdated(Fact):
    name, label = "member_updated", LocalizedText("资料更新", "Profile changed")
    section = "record"
    fields: Annotated[list[str], Prop("字段", "Fields", listed=False)]


class IdentityLinked(Fact):
    name, label = "identity_linked", LocalizedText("关联身份", "Identity linked")
    section = "record"
    kind: Annotated[str, Prop("身份类型", "Kind of identity", lasting=True)]


class IdentityUnlinked(Fact):
    name, label = "identity_unlinked", LocalizedText("解除身份", "Identity unlinked")
    section = "record"
    kind: Annotated[str, Prop("身份类型", "Kind of identity", lasting=True)]


class MemberMerged(Fact):
    name, label = "member_merged", LocalizedText("客户合并", "Members merged")
    section = "record"
    merge_id: Annotated[int, Prop("合并编号", "Merge", listed=False)]
    other_id: Annotated[int, Prop("被合并客户", "Merged member", listed=False)]
    reason: Annotated[str, Prop("原因", "Reason")]


class MemberUnmerged(Fact):
    name, label = "member_unmerged", LocalizedText("撤销合并", "Merge undone")
    section = "record"
    merge_id: Annotated[int, Prop("合并编号", "Merge", listed=False)]
    other_id: Annotated[int, Prop("恢复的客户", "Restored member", listed=False)]


class MemberErased(Fact):
    name, label = "member_erased", LocalizedText("已删除个人信息", "Personal data erased")
    section = "record"


class Tagged(Fact):
    name, label = "tagged", LocalizedText("打上标签", "Tagged")
    section = "brand"
    tag: Annotated[str, Prop("标签", "Tag", refers="tag")]
    source: Annotated[str, Prop("来源", "Source")]


class Untagged(Fact):
    name, label = "untagged", LocalizedText("移除标签", "Tag removed")
    section = "brand"
    tag: Annotated[str, Prop("标签", "Tag", refers="tag")]
    source: Annotated[str, Prop("来源", "Source")]


class ConsentGiven(Fact):
    name, label = "consent_given", LocalizedText("同意接收", "Opted in")
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source")]


class ConsentWithdrawn(Fact):
    name, label = "consent_withdrawn", LocalizedText("退订", "Opted out")
    channel: Annotated[str, Prop("渠道", "Channel", lasting=True)]
    source: Annotated[str, Prop("来源", "Source")]


class PersonalDataRevealed(Fact):
    name, label = "personal_data_revealed", LocalizedText("查看明文资料", "Personal data revealed")
    section = "record"
    fields: Annotated[list[str], Prop("字段", "Fields", listed=False)]


CONTACTS_FACTS: tuple[type[Fact], ...] = (
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
)
