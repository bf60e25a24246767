"""What the language can talk about: the names and types that a brand has, fields, facts, consents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from siyu.contacts.identities.rules import KINDS as IDENTITIES
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import FACT_SECTIONS, PropSpec, props_of
from siyu.kit.text import LocalizedText

CONSENTS: dict[str, LocalizedText] = {
    "given": LocalizedText("已同意", "given"),
    "withdrawn": LocalizedText("已退订", "withdrawn"),
    "unknown": LocalizedText("未表态", "unknown"),
}


@dataclass(frozen=True)
class ProfileField:
    """A profile field: a built-in one or an attribute of the workspace."""

    name: str
    type: str
    label: LocalizedText
    options: tuple[str, ...] | None = None
    attribute: bool = False


BUILT_IN: tuple[ProfileField, ...] = (
    ProfileField("created_at", "time", LocalizedText("成为客户的时间", "Member since")),
    ProfileField("zone", "text", LocalizedText("时区", "Time zone")),
    ProfileField("source", "text", LocalizedText("来源", "Source")),
    ProfileField("identities", "list", LocalizedText("身份", "Identities"), tuple(IDENTITIES)),
)
BUILT_IN_NAMES = frozenset(built_in.name for built_in in BUILT_IN)


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
    fields: Mapping[str, ProfileField] = field(
        default_factory=lambda: {built_in.name: built_in for built_in in BUILT_IN}
    )
    tags: frozenset[str] | None = None
    audiences: Mapping[str, Saved] = field(default_factory=dict)


def fact_props(fact: str) -> dict[str, PropSpec]:
    """The properties of a fact that conditions may use."""
    return {spec.name: spec for spec in props_of(KINDS[fact])}


FACTS: tuple[str, ...] = tuple(
    name
    for section in FACT_SECTIONS
    for name, kind in KINDS.items()
    if kind.about == "member" and kind.section == section
)
"""The facts that are about a member: what members do first, plumbing last."""

MEMBERSHIP_FACTS = frozenset({"member_created", "member_merged", "member_unmerged", "member_erased"})
"""Facts that may change any audience: who there is at all."""
PROFILE_CHANGES = frozenset({"member_updated", "identity_linked", "identity_unlinked"})
TAG_CHANGES = frozenset({"tagged", "untagged", "member_updated"})
CONSENT_CHANGES = frozenset({"consent_given", "consent_withdrawn"})
PROFILE_FACTS = MEMBERSHIP_FACTS | PROFILE_CHANGES | TAG_CHANGES | CONSENT_CHANGES
"""Facts after which a member's row in the lake's profiles must be made anew."""
