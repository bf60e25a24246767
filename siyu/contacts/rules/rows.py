"""What other rooms hand in about members, and what they get back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class MemberRow:
    """What a source knows about one person. None and missing mean unknown and change nothing."""

    identities: Mapping[str, str]
    """{kind: value as the source wrote it}; at least one."""
    name: str | None = None
    zone: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    consents: Mapping[str, bool] = field(default_factory=dict)
    """{channel: given}. A row never turns a withdrawn consent back: that takes the member's own word (`consent`)."""
    created_at: datetime | None = None
    """When the person became a member, if the source knows; used only when the member is new."""


@dataclass(frozen=True)
class Upserted:
    """Where a row went. `created` is True for the first row of a new member only."""

    member_id: int
    created: bool
    merged: tuple[int, ...] = ()
    """Members that turned out to be this one and were merged into it because of this row."""
    unattached: tuple[str, ...] = ()
    """Kinds of the row's identities that stayed with another member."""


@dataclass(frozen=True)
class Folded:
    """All that the rows of one member say together."""

    name: str | None
    zone: str | None
    attributes: dict[str, Any]
    tags: list[str]
    consents: dict[str, bool]
    created_at: datetime | None


def fold(rows: Sequence[MemberRow]) -> Folded:
    """Later rows overrule earlier ones, tags add up, a refusal of consent overrules a consent."""
    if len(rows) == 1:
        row = rows[0]
        filled = {key: value for key, value in row.attributes.items() if value is not None}
        tags = list(dict.fromkeys(row.tags)) if row.tags else []
        return Folded(row.name or None, row.zone or None, filled, tags, dict(row.consents), row.created_at)
    return _together(rows)


def _together(rows: Sequence[MemberRow]) -> Folded:
    name, zone, created_at = None, None, None
    attributes: dict[str, Any] = {}
    tags: dict[str, None] = {}
    consents: dict[str, bool] = {}
    for row in rows:
        name, zone = row.name or name, row.zone or zone
        attributes.update({key: value for key, value in row.attributes.items() if value is not None})
        tags.update(dict.fromkeys(row.tags))
        for channel, given in row.consents.items():
            consents[channel] = consents.get(channel, True) and given
        if row.created_at is not None and (created_at is None or row.created_at < created_at):
            created_at = row.created_at
    return Folded(name, zone, attributes, list(tags), consents, created_at)
