"""Facts in words, in both languages: a title, and what there is to know about it. It takes the labels of every room."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from siyu.channels.catalogue import CHANNEL_LABELS
from siyu.channels.messages.states import REASON_LABELS
from siyu.contacts.identities.rules import KIND_LABELS as IDENTITY_LABELS
from siyu.contacts.members.rules import SOURCES
from siyu.contacts.merges.rules import merge_reason_text
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import Fact, Prop
from siyu.journeys.states import exit_text
from siyu.journeys.steps.step import journey_of
from siyu.kit.money import yuan
from siyu.kit.text import LocalizedText, joined, same

PROFILE_FIELDS: dict[str, LocalizedText] = {
    "name": LocalizedText("姓名", "Name"),
    "zone": LocalizedText("时区", "Time zone"),
    "suppressed": LocalizedText("勿扰", "Suppression"),
    "tag_ends": LocalizedText("标签有效期", "When a tag ends"),
    "tag_name": LocalizedText("标签名称", "Name of a tag"),
}
MEMBERSHIP_CAUSES: dict[str, LocalizedText] = {
    "first": LocalizedText("首次计算", "first count"),
    "revised": LocalizedText("条件修改", "conditions changed"),
    "facts": LocalizedText("发生了新的行为", "something new happened"),
    "time": LocalizedText("时间流逝", "time passed"),
}
"""Why somebody entered or left an audience."""
NO_TEXT = same("")


@dataclass(frozen=True)
class FactText:
    """A fact in words; `text` may be empty."""

    title: LocalizedText
    text: LocalizedText


@dataclass(frozen=True)
class BrandNames:
    """What a brand calls what its facts refer to: attributes and audiences by name, journeys by id; `keys`: by kind of thing
    and key."""

    attributes: Mapping[str, str]
    audiences: Mapping[str, str]
    journeys: Mapping[int, str]
    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def audiences_in(props: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of the audiences that these facts refer to."""
    return {str(fact["audience"]) for fact in props if fact.get("audience")}


def journeys_in(props: Iterable[Mapping[str, Any]]) -> set[int]:
    """The journeys that these facts say they come from."""
    journeys = (journey_of(str(fact["source"])) for fact in props if fact.get("source"))
    return {journey for journey in journeys if journey is not None}


def fact_text(name: str, props: Mapping[str, Any], names: BrandNames) -> FactText:
    """The words of a fact."""
    kind = KINDS.get(name)
    if kind is None:
        return FactText(same(name), NO_TEXT)
    filled = [(key, props[key]) for key in kind.model_fields if props.get(key) not in (None, "", [], {})]
    parts = [part for key, value in filled if (part := _part(kind, key, value, names)) is not None]
    return FactText(kind.label, joined(parts, "，", ", "))


def _part(kind: type[Fact], key: str, value: Any, names: BrandNames) -> LocalizedText | None:
    if kind.name in ("member_updated", "personal_data_revealed") and key == "fields":
        return joined([_field(str(field), names.attributes) for field in value], "、", ", ")
    field = kind.model_fields.get(key)
    prop = next((mark for mark in field.metadata if isinstance(mark, Prop)), None) if field else None
    if prop is None or not prop.listed:
        return None
    text = _value(kind.name, key, value, prop, names)
    return LocalizedText(f"{prop.zh}：{text.zh}", f"{prop.en}: {text.en}")


def _field(field: str, labels: Mapping[str, str]) -> LocalizedText:
    head, _, rest = field.partition(".")
    if head == "attributes":
        return same(labels.get(rest, rest))
    if head in PROFILE_FIELDS:
        label, channel = PROFILE_FIELDS[head], CHANNEL_LABELS.get(rest)
        return LocalizedText(f"{label.zh}（{channel.zh}）", f"{label.en} ({channel.en})") if channel else label
    return IDENTITY_LABELS.get(field, same(field))


def _value(name: str, key: str, value: Any, prop: Prop, names: BrandNames) -> LocalizedText:
    if prop.unit == "fen" and isinstance(value, int):
        return LocalizedText(f"{yuan(value)} 元", f"¥{yuan(value)}")
    if key == "channel":
        return CHANNEL_LABELS.get(str(value), same(str(value)))
    if key == "kind" and name.startswith("identity_"):
        return IDENTITY_LABELS.get(str(value), same(str(value)))
    if key == "source":
        return source_text(str(value), names.journeys)
    if key == "audience":
        return same(names.audiences.get(str(value), str(value)))
    if prop.refers is not None and prop.refers in names.keys:
        return same(names.keys[prop.refers].get(str(value), str(value)))
    if key == "cause":
        return MEMBERSHIP_CAUSES.get(str(value), same(str(value)))
    if name == "member_merged" and key == "reason":
        return merge_reason_text(str(value))
    if name.startswith("message_") and key == "reason":
        return REASON_LABELS.get(str(value), same(str(value)))
    if name == "journey_exited" and key == "reason":
        return exit_text(str(value))
    if isinstance(value, list):
        return LocalizedText("、".join(map(str, value)), ", ".join(map(str, value)))
    return same(str(value))


def source_text(source: str, journeys: Mapping[int, str]) -> LocalizedText:
    """Where something came from: `manual`, or `journey:12` with the journey's name."""
    head, _, rest = source.partition(":")
    journey = journey_of(source)
    if journey is not None and journey in journeys:
        name = journeys[journey]
        return LocalizedText(f"{SOURCES[head].zh}“{name}”", f"{SOURCES[head].en} “{name}”")
    label = SOURCES.get(head) or CHANNEL_LABELS.get(head) or same(head)
    return LocalizedText(f"{label.zh} {rest}", f"{label.en} {rest}") if rest else label
