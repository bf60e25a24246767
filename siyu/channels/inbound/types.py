"""What platforms tell us, as values of the house: an adapter makes them of what arrives, and nobody else knows its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

EndedBy = Literal["customer", "staff", "transfer", "unknown"]
"""Who ended a connection; `unknown`: the platform only tells that it is no more."""


@dataclass(frozen=True)
class PlatformContact:
    """A customer as one member of staff has them on a platform. `name` None: the platform was not asked for it.

    `identities` are further ones the platform tells, by their kind; `state` is what the code carried that they came by.
    """

    staff: str
    address: str
    added_at: datetime
    name: str | None = None
    identities: Mapping[str, str] = field(default_factory=dict)
    state: str = ""


@dataclass(frozen=True)
class ContactAdded:
    """A customer and a member of staff were connected."""

    at: datetime
    staff: str
    address: str
    state: str = ""


@dataclass(frozen=True)
class ContactChanged:
    """What a member of staff keeps about a customer was edited; the platform tells on asking what it is now."""

    at: datetime
    staff: str
    address: str


@dataclass(frozen=True)
class ContactRemoved:
    """A connection ended."""

    at: datetime
    staff: str
    address: str
    by: EndedBy


@dataclass(frozen=True)
class WelcomeDue:
    """Somebody who was just added may be answered once, soon, with this code."""

    at: datetime
    staff: str
    address: str
    code: str = field(repr=False)


@dataclass(frozen=True)
class InboundMessage:
    """A customer wrote to us."""

    at: datetime
    address: str


@dataclass(frozen=True)
class DeliveryReport:
    """What became of one of our messages."""

    message_id: int
    state: Literal["delivered", "failed"]
    reason: str | None = None


InboundValue = ContactAdded | ContactChanged | ContactRemoved | WelcomeDue | InboundMessage | DeliveryReport


@dataclass(frozen=True)
class ContactSnapshot:
    """What a platform told on asking: connections by (staff, address), and the addresses it answered about at all."""

    contacts: Mapping[tuple[str, str], PlatformContact]
    answered: frozenset[str]

    def is_gone(self, value: ContactAdded) -> bool:
        """Whether the connection is certainly no more."""
        return value.address in self.answered and (value.staff, value.address) not in self.contacts


NO_SNAPSHOT = ContactSnapshot({}, frozenset())
