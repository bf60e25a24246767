"""Every kind of fact there is, typed. The audience builder, the timeline, audit and the docs read from here.

To add one, write its class in the file of the room that records it, and add it to the tuple at that file's end.
"""

from siyu.facts.catalogue.audience import AUDIENCE_FACTS
from siyu.facts.catalogue.channels import CHANNELS_FACTS
from siyu.facts.catalogue.commerce import COMMERCE_FACTS
from siyu.facts.catalogue.communities import COMMUNITIES_FACTS
from siyu.facts.catalogue.contacts import CONTACTS_FACTS
from siyu.facts.catalogue.fact import Fact, Prop
from siyu.facts.catalogue.journeys import JOURNEYS_FACTS
from siyu.facts.catalogue.platform import PLATFORM_FACTS

CATALOGUE: tuple[type[Fact], ...] = (
    *CONTACTS_FACTS,
    *AUDIENCE_FACTS,
    *CHANNELS_FACTS,
    *COMMUNITIES_FACTS,
    *COMMERCE_FACTS,
    *JOURNEYS_FACTS,
    *PLATFORM_FACTS,
)

KINDS: dict[str, type[Fact]] = {kind.name: kind for kind in CATALOGUE}

LASTING: frozenset[str] = frozenset(
    f"{kind.name}.{name}"
    for kind in CATALOGUE
    for name, field in kind.model_fields.items()
    for prop in field.metadata
    if isinstance(prop, Prop) and prop.lasting
)
"""`kind.property` of everything that stays when the member is erased; all else of a fact's properties goes."""
