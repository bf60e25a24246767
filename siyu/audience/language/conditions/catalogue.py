"""The one list of the kinds of condition."""

from siyu.audience.language.conditions.audience import Reference
from siyu.audience.language.conditions.campaign import Campaign
from siyu.audience.language.conditions.condition import ConditionKind
from siyu.audience.language.conditions.consent import Consent
from siyu.audience.language.conditions.did import Did
from siyu.audience.language.conditions.group import Group
from siyu.audience.language.conditions.journey import Journey
from siyu.audience.language.conditions.order import Order
from siyu.audience.language.conditions.profile import Profile
from siyu.audience.language.conditions.reachable import Reachable
from siyu.audience.language.conditions.rfm import Rfm
from siyu.audience.language.conditions.sample import Sample
from siyu.audience.language.conditions.sequence import Sequence
from siyu.audience.language.conditions.stage import Stage
from siyu.audience.language.conditions.tag import Tag
from siyu.audience.language.conditions.top import Top

CONDITIONS: tuple[type[ConditionKind], ...] = (
    Profile,
    Tag,
    Did,
    Sequence,
    Order,
    Rfm,
    Stage,
    Reference,
    Consent,
    Reachable,
    Journey,
    Campaign,
    Group,
    Sample,
    Top,
)
"""Every condition that can be asked, in the order in which they are offered."""


def by_key(key: object) -> type[ConditionKind] | None:
    """The kind that is written under `key`."""
    return next((kind for kind in CONDITIONS if kind.key == key), None)
