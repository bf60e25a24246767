"""What the language can talk about: the names and types that a brand has, fields, facts, consents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from siyu.contacts.identities.rules import KINDS as IDENTITIES
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import FACT_SECTIONS, PropSpec, props_of
from siyu.kit.text import LocalizedText
from siyu.platform.uses.rules import NO_KEYS, NO_THINGS, ThingNames

TAG, JOURNEY, ATTRIBUTE, OPTION = "tag", "journey", "attribute", "option"
"""Kinds of things that are kept by a key that is not what they are called; an option is one of an attribute: `option:level`."""

CONSENTS: dict[str, LocalizedText] = {
    "given": LocalizedText("已同意", "given"),
    "withdrawn": LocalizedText("已退订", "withdrawn"),
    "unknown": LocalizedText("未表态", "unknown"),
}


@dataclass(frozen=True)
class ProfileField:
    """A profile field: a built-in one or an attribute of the workspace. `options` are what may be chosen, by name;
    `option_keys` leads from the names of options to what values hold."""

    name: str
    type: str
    label: LocalizedText
    options: tuple[str, ...] | None = None
    attribute: bool = False
    option_keys: Mapping[str, str] = field(default_factory=dict)
    option_names: Mapping[str, str] = field(default_factory=dict)


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
    tag_names: ThingNames = NO_THINGS
    journey_names: ThingNames = NO_THINGS

    def keys_of(self, thing: str) -> Mapping[str, str]:
        """From the names that things of a kind (`tag`, `option:level`) have or had to their keys."""
        if thing in (TAG, JOURNEY):
            return (self.tag_names if thing == TAG else self.journey_names).keys
        head, _, attribute = thing.partition(":")
        return self.fields[attribute].option_keys if head == OPTION and attribute in self.fields else NO_KEYS

    def name_of(self, thing: str, key: str) -> str:
        """What the thing of a kind is called now; its key when it is gone, or when it has no name but its key."""
        if thing in (TAG, JOURNEY):
            return (self.tag_names if thing == TAG else self.journey_names).shown(key)
        head, _, attribute = thing.partition(":")
        if head == OPTION and attribute in self.fields:
            return self.fields[attribute].option_names.get(key, key)
        return key


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
ADDRESS_CHANGES = frozenset({"friend_added", "friend_removed"})
PROFILE_FACTS = MEMBERSHIP_FACTS | PROFILE_CHANGES | TAG_CHANGES | CONSENT_CHANGES | ADDRESS_CHANGES
"""Facts after which a member's row in the lake's profiles must be made anew."""
