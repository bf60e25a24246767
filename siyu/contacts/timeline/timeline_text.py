"""Facts in words, in both languages: a title, and what there is to know about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siyu.contacts.rules.identities import KINDS as IDENTITY_KINDS
from siyu.contacts.rules.identities import veil
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.money import yuan

CHANNEL_NAMES: dict[str, tuple[str, str]] = {
    "wecom": ("企业微信", "WeCom"),
    "official_account": ("公众号", "Official account"),
    "sms": ("短信", "SMS"),
    "email": ("邮件", "Email"),
    "webhook": ("Webhook", "Webhook"),
    "inbox": ("站内信", "Inbox"),
    "moments": ("朋友圈", "Moments"),
    "*": ("全部渠道", "All channels"),
}
SOURCES: dict[str, tuple[str, str]] = {
    "manual": ("手动", "By hand"),
    "expired": ("到期", "Time over"),
    "import": ("导入", "Import"),
    "rule": ("规则", "Rule"),
    "event": ("事件", "Event"),
    "tag_deleted": ("标签已删除", "Tag deleted"),
    "wecom": ("企业微信", "WeCom"),
    "preferences": ("客户自助", "The member's own page"),
    "api": ("接口", "API"),
    "console": ("控制台", "Console"),
    "staff": ("员工", "Staff"),
    "customer": ("客户", "Customer"),
    "journey": ("旅程", "Journey"),
    "campaign": ("活动", "Campaign"),
    "test": ("测试", "Test"),
}
PROFILE_FIELDS: dict[str, tuple[str, str]] = {
    "name": ("姓名", "Name"),
    "zone": ("时区", "Time zone"),
    "suppressed": ("勿扰", "Suppression"),
    "tag_ends": ("标签有效期", "When a tag ends"),
    "tag_name": ("标签名称", "Name of a tag"),
}


@dataclass(frozen=True)
class Told:
    """A fact in words; `text` may be empty."""

    title: tuple[str, str]
    text: tuple[str, str]


def tell(name: str, props: Mapping[str, Any], labels: Mapping[str, str], *, veiled: bool) -> Told:
    """The words of a fact; `labels` are what the brand calls its attributes, `veiled` masks numbers in free text."""
    kind = KINDS.get(name)
    if kind is None:
        return Told((name, name), ("", ""))
    given = [(key, props[key]) for key in kind.model_fields if props.get(key) not in (None, "", [], {})]
    parts = [_part(kind, key, value, labels) for key, value in given]
    told = [part for part in parts if part is not None]
    zh, en = "，".join(one for one, _ in told), ", ".join(two for _, two in told)
    return Told((kind.zh, kind.en), (veil(zh), veil(en)) if veiled else (zh, en))


def _part(kind: type[Fact], key: str, value: Any, labels: Mapping[str, str]) -> tuple[str, str] | None:
    if kind.name in ("member_updated", "personal_data_revealed") and key == "fields":
        fields = [_field(str(field), labels) for field in value]
        return "、".join(one for one, _ in fields), ", ".join(two for _, two in fields)
    field = kind.model_fields.get(key)
    prop = next((mark for mark in field.metadata if isinstance(mark, Prop)), None) if field else None
    if prop is None or not prop.listed:
        return None
    zh, en = _value(kind.name, key, value, prop)
    return f"{prop.zh}：{zh}", f"{prop.en}: {en}"


def _field(field: str, labels: Mapping[str, str]) -> tuple[str, str]:
    head, _, rest = field.partition(".")
    if head == "attributes":
        label = labels.get(rest, rest)
        return label, label
    if head in PROFILE_FIELDS:
        zh, en = PROFILE_FIELDS[head]
        channel = CHANNEL_NAMES.get(rest)
        return (f"{zh}（{channel[0]}）", f"{en} ({channel[1]})") if channel else (zh, en)
    return IDENTITY_KINDS.get(field, (field, field))


def _value(name: str, key: str, value: Any, prop: Prop) -> tuple[str, str]:
    if prop.unit == "fen" and isinstance(value, int):
        return f"{yuan(value)} 元", f"¥{yuan(value)}"
    if key == "channel":
        return CHANNEL_NAMES.get(str(value), (str(value), str(value)))
    if key == "kind" and name.startswith("identity_"):
        return IDENTITY_KINDS.get(str(value), (str(value), str(value)))
    if key == "source":
        return source_words(str(value))
    if name == "member_merged" and key == "reason":
        return reason_words(str(value))
    if isinstance(value, list):
        return "、".join(map(str, value)), ", ".join(map(str, value))
    return str(value), str(value)


def source_words(source: str) -> tuple[str, str]:
    """Where something came from: `manual`, or `journey:12`."""
    head, _, rest = source.partition(":")
    zh, en = SOURCES.get(head, (head, head))
    return (f"{zh} {rest}", f"{en} {rest}") if rest else (zh, en)


def reason_words(reason: str) -> tuple[str, str]:
    """Why two members were merged: a person's own words, or the identities that met in one row (`auto:phone+unionid`)."""
    if reason == "erased":
        return "已删除", "Erased"
    if not reason.startswith("auto:"):
        return reason, reason
    one, _, two = reason.removeprefix("auto:").partition("+")
    (one_zh, one_en), (two_zh, two_en) = IDENTITY_KINDS.get(one, (one, one)), IDENTITY_KINDS.get(two, (two, two))
    if one == two:
        return f"{one_zh}指向同一人", f"{one_en} of one person"
    return f"{one_zh}与{two_zh}属于同一人", f"{one_en} and {two_en} of one person"
