"""Facts about members and their data."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop


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
