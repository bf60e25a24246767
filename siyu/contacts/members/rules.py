"""What other rooms hand in about members, and what they get back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from siyu.kit.text import LocalizedText

SOURCE_MANUAL = "manual"
"""Where what a person types in the console comes from."""
CONSENT_LABELS: dict[str, LocalizedText] = {
    "given": LocalizedText("已同意", "Opted in"),
    "withdrawn": LocalizedText("已退订", "Opted out"),
    "unknown": LocalizedText("未询问", "Never asked"),
}
"""What a member said about a channel."""
CONSENT_SOURCES: dict[str, LocalizedText] = {
    "in_store": LocalizedText("门店当面", "In the store"),
    "phone_call": LocalizedText("电话", "On the phone"),
    "chat": LocalizedText("聊天", "In a chat"),
    "form": LocalizedText("表单或问卷", "A form"),
    "agreement": LocalizedText("会员协议", "The membership agreement"),
}
"""Where a member said so, when staff enter it."""
SOURCES: dict[str, LocalizedText] = {
    **CONSENT_SOURCES,
    "manual": LocalizedText("手动", "By hand"),
    "expired": LocalizedText("到期", "Time over"),
    "import": LocalizedText("导入", "Import"),
    "rule": LocalizedText("规则", "Rule"),
    "event": LocalizedText("事件", "Event"),
    "tag_deleted": LocalizedText("标签已删除", "Tag deleted"),
    "preferences": LocalizedText("客户自助", "The member's own page"),
    "api": LocalizedText("接口", "API"),
    "console": LocalizedText("控制台", "Console"),
    "staff": LocalizedText("员工", "Staff"),
    "customer": LocalizedText("客户", "Customer"),
    "journey": LocalizedText("旅程", "Journey"),
    "campaign": LocalizedText("活动", "Campaign"),
    "test": LocalizedText("测试", "Test"),
}
"""Where a member, a tag or a consent came from: what stands before the colon in `journey:12`, or a channel."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


class MemberRow(NamedTuple):
    """What a source knows about one person. None and missing mean unknown and change nothing."""

    identities: Mapping[str, str]
    """{kind: value as the source wrote it}; at least one."""
    name: str | None = None
    zone: str | None = None
    attributes: Mapping[str, Any] = NOTHING
    tags: Sequence[str] = ()
    consents: Mapping[str, bool] = NOTHING
    """{channel: given}. A row never turns a withdrawn consent back: that takes the member's own word (`consent`)."""
    created_at: datetime | None = None
    """When the person became a member, if the source knows; used only when the member is new."""


class Upserted(NamedTuple):
    """Where a row went. `created` is True for the first row of a new member only."""

    member_id: int
    created: bool
    merged: tuple[int, ...] = ()
    """Members that turned out to be this one and were merged into it because of this row."""
    unattached: tuple[str, ...] = ()
    """Kinds of the row's identities that stayed with another member."""


def combine(rows: Sequence[MemberRow]) -> MemberRow:
    """All that the rows of one member say together, without the identities: empty and unknown values are left out.

    Later rows overrule earlier ones, tags add up, a refusal of consent overrules a consent.
    """
    first = rows[0]
    if len(rows) == 1 and first.name != "" and first.zone != "" and None not in first.attributes.values():
        return first
    name, zone, created_at = None, None, None
    attributes: dict[str, Any] = {}
    tags: dict[str, None] = {}
    consents: dict[str, bool] = {}
    for row in rows:
        name, zone = row.name or name, row.zone or zone
        attributes.update({key: value for key, value in row.attributes.items() if value is not None})
        tags.update(dict.fromkeys(row.tags))
        for channel, opted_in in row.consents.items():
            consents[channel] = consents.get(channel, True) and opted_in
        if row.created_at is not None and (created_at is None or row.created_at < created_at):
            created_at = row.created_at
    return MemberRow({}, name, zone, attributes, tuple(tags), consents, created_at)
