"""What the language can talk about: value types and their operators, profile fields, channels, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from siyu.channels.catalogue import SENDABLE
from siyu.contacts.identities.rules import KINDS as IDENTITIES
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import PropSpec, props_of

CHANNELS: dict[str, tuple[str, str, str | None]] = {
    channel.name: (channel.label.zh, channel.label.en, channel.identity) for channel in SENDABLE
}
"""Channels one can be reached on, with the identity that it needs."""

CONSENTS: dict[str, tuple[str, str]] = {
    "given": ("已同意", "given"),
    "withdrawn": ("已退订", "withdrawn"),
    "unknown": ("未表态", "unknown"),
}

KINDS_OF_CONDITION: dict[str, tuple[str, str]] = {
    "profile": ("客户属性", "Profile"),
    "tag": ("标签", "Tags"),
    "did": ("做过 / 没做过", "Did / did not"),
    "sequence": ("先后行为", "Sequence"),
    "order": ("订单", "Orders"),
    "rfm": ("RFM 分层", "RFM"),
    "stage": ("生命周期", "Lifecycle stage"),
    "audience": ("已有人群", "Another audience"),
    "consent": ("授权状态", "Consent"),
    "reachable": ("可触达", "Reachable"),
    "journey": ("旅程", "Journey"),
    "campaign": ("活动", "Campaign"),
    "group": ("客户群", "Customer group"),
    "sample": ("随机抽样", "Random sample"),
    "top": ("排名前 N", "Top N"),
}
"""Every condition that can be asked."""


@dataclass(frozen=True)
class Field:
    """A profile field: a built-in one or an attribute of the workspace."""

    name: str
    type: str
    zh: str
    en: str
    options: tuple[str, ...] | None = None
    attribute: bool = False


BUILT_IN: tuple[Field, ...] = (
    Field("created_at", "time", "成为客户的时间", "Member since"),
    Field("zone", "text", "时区", "Time zone"),
    Field("source", "text", "来源", "Source"),
    Field("identities", "list", "身份", "Identities", tuple(IDENTITIES)),
)


@dataclass(frozen=True)
class Saved:
    """A saved audience as the language sees it: its label and its tree as written."""

    label: str
    tree: dict[str, Any]


@dataclass(frozen=True)
class Schema:
    """The names a tree may use in one workspace. `tags` None: any tag name passes (one that nobody has matches nobody)."""

    zone: str
    currency: str = "CNY"
    fields: Mapping[str, Field] = field(default_factory=lambda: {one.name: one for one in BUILT_IN})
    tags: frozenset[str] | None = None
    audiences: Mapping[str, Saved] = field(default_factory=dict)


def fact_props(fact: str) -> dict[str, PropSpec]:
    """The properties of a fact that conditions may use."""
    return {spec.name: spec for spec in props_of(KINDS[fact])}


FACTS: tuple[str, ...] = tuple(name for name, kind in KINDS.items() if kind.about == "member")
"""The facts that are about a member, in the catalogue's order."""
