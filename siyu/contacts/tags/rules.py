"""Tag norms (标签规范): what a tag may be called, and what in a brand's tags should be tidied."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from siyu.kit.errors import Fault, Invalid
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText

GROUP_KINDS: dict[str, LocalizedText] = {
    "manual": LocalizedText("手动", "Manual"),
    "rule": LocalizedText("规则", "Rule"),
    "event": LocalizedText("事件", "Event"),
}
"""How tags of a group come onto members."""
NORM_KINDS: dict[str, LocalizedText] = {
    "duplicate": LocalizedText("疑似重复", "Likely duplicate"),
    "unused": LocalizedText("没有人使用", "Unused"),
    "conflicting": LocalizedText("互相冲突", "Conflicting"),
    "expired": LocalizedText("已过期", "Expired"),
    "ownerless": LocalizedText("没有负责人", "No owner"),
}
"""What may be wrong with tags."""
TAG_CHARS_MAX = 60
TAGS_MAX = 5_000
"""Tags of a workspace."""
DAYS_MAX = 3_650
NEAR_CHARS_MIN = 5
"""Latin names shorter than this are too short to call one a misspelling of another."""

_NOISE = re.compile(r"[\s\-_·.,/、，。|（）()【】\[\]]+")
_WHO = re.compile(r"(?<=.)(客户|用户|会员|顾客|人群|的人|customers?|members?|users?)$")
_LATIN = re.compile(r"[a-z]+")


def check_group(name: str, kind: str, owner: str, days: int | None) -> str:
    """The group's name as it is kept; raises Invalid naming each wrong field."""
    faults = []
    clean = " ".join(name.split())
    if not 0 < len(clean) <= NAME_CHARS_MAX:
        faults.append(Fault("name", f"1 to {NAME_CHARS_MAX} characters", f"应为 1 至 {NAME_CHARS_MAX} 个字符"))
    if kind not in GROUP_KINDS:
        faults.append(Fault("kind", "no such kind", "没有这种类型", " | ".join(GROUP_KINDS)))
    if len(owner) > NAME_CHARS_MAX:
        faults.append(Fault("owner", f"at most {NAME_CHARS_MAX} characters", f"最多 {NAME_CHARS_MAX} 个字符"))
    if days is not None and not 0 < days <= DAYS_MAX:
        faults.append(Fault("days", f"1 to {DAYS_MAX} days, or none", f"应为 1 至 {DAYS_MAX} 天，或留空"))
    if faults:
        raise Invalid(errors=faults)
    return clean


def check_tag_name(name: str) -> str:
    """A tag's name as it is kept; raises Invalid."""
    clean = " ".join(name.split())
    if not 0 < len(clean) <= TAG_CHARS_MAX or not clean.isprintable():
        raise Invalid(errors=[Fault("name", f"1 to {TAG_CHARS_MAX} characters", f"应为 1 至 {TAG_CHARS_MAX} 个字符")])
    return clean


def check_room(number: int) -> None:
    """Raises Invalid when a brand would have too many tags."""
    if number > TAGS_MAX:
        raise Invalid(errors=[Fault("name", f"at most {TAGS_MAX} tags in all", f"全部标签最多 {TAGS_MAX} 个")])


def check_one_of_each(groups: Mapping[int, int], tags: Mapping[str, int]) -> None:
    """Raises Invalid when two of the `tags` {name: tag} are of one exclusive group of `groups` {tag: group}."""
    names: dict[int, list[str]] = {}
    for name, tag in tags.items():
        if tag in groups:
            names.setdefault(groups[tag], []).append(name)
    faults = [
        Fault(
            "add",
            f"only one of {', '.join(clashing)}: their group is exclusive",
            f"{'、'.join(clashing)}属于互斥组，只能选一个",
        )
        for clashing in names.values()
        if len(clashing) > 1
    ]
    if faults:
        raise Invalid(errors=faults)


@dataclass(frozen=True)
class TagUse:
    """A tag and how it is used: members that have it now, and rows whose time is over."""

    id: int
    name: str
    group: str
    members: int
    expired: int


@dataclass(frozen=True)
class GroupUse:
    """A group; `conflicted` is how many members have several tags of it though it is exclusive."""

    id: int
    name: str
    owner: str
    exclusive: bool
    conflicted: int


@dataclass(frozen=True)
class Norm:
    """Something to tidy; `kind` is one of NORM_KINDS."""

    kind: str
    group: str
    tags: tuple[str, ...]
    members: int
    zh: str
    en: str


def norms(tags: Sequence[TagUse], groups: Sequence[GroupUse]) -> list[Norm]:
    """The norms report, the worst first."""
    report = []
    for group in groups:
        if group.conflicted:
            own = tuple(tag.name for tag in tags if tag.group == group.name)
            report.append(
                Norm(
                    *("conflicting", group.name, own, group.conflicted),
                    f"{group.conflicted} 位客户同时有互斥组“{group.name}”的多个标签",
                    f"{group.conflicted} members have several tags of the exclusive group “{group.name}”",
                )
            )
    for alike in duplicates([tag.name for tag in tags]):
        similar = [tag for tag in tags if tag.name in alike]
        shown = "”“".join(alike)
        report.append(
            Norm(
                *("duplicate", similar[0].group, alike, sum(tag.members for tag in similar)),
                f"“{shown}”像是同一个标签",
                f"“{shown}” look like one tag",
            )
        )
    for group in groups:
        if not group.owner.strip():
            text = (f"标签组“{group.name}”没有负责人", f"The group “{group.name}” has no owner")
            report.append(Norm("ownerless", group.name, (), 0, *text))
    for tag in tags:
        if tag.members == 0 and tag.expired:
            text = (f"“{tag.name}”在所有客户身上都已到期", f"“{tag.name}” has expired for everybody")
            report.append(Norm("expired", tag.group, (tag.name,), tag.expired, *text))
        elif tag.members == 0:
            report.append(
                Norm("unused", tag.group, (tag.name,), 0, f"没有客户有“{tag.name}”", f"Nobody has “{tag.name}”")
            )
    return report


def duplicates(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Names that are one name written differently: case, width, spaces and signs, 客户/用户 at the end, one wrong letter."""
    by_key: dict[str, list[str]] = {}
    for name in names:
        by_key.setdefault(_key(name), []).append(name)
    near: dict[str, str] = {}
    for key in sorted(by_key):
        if len(key) >= NEAR_CHARS_MIN and _LATIN.fullmatch(key):
            for shape in {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}:
                first = near.setdefault(shape, key)
                if first != key and first in by_key and _one_letter_apart(first, key):
                    by_key[first] += by_key.pop(key)
                    break
    return [tuple(alike) for alike in by_key.values() if len(alike) > 1]


def _key(name: str) -> str:
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", name).casefold())
    return _WHO.sub("", plain) or plain


def _one_letter_apart(first: str, second: str) -> bool:
    """At most one letter added, dropped or replaced."""
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[same:] == long[same + 1 :] or short[same + 1 :] == long[same + 1 :]
