"""Cards: what templates, evaluation and lists read of a member. Personal identities are masked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.kit.db import Tx


@dataclass(frozen=True)
class Card:
    """A member as other rooms see it."""

    id: int
    name: str | None
    zone: str | None
    attributes: dict[str, Any]
    source: str
    created_at: datetime
    updated_at: datetime
    tags: list[str] = field(default_factory=list)
    tag_until: dict[str, datetime | None] = field(default_factory=dict)
    """{tag: when it expires, or None}; same tags as `tags`."""
    identities: dict[str, list[str]] = field(default_factory=dict)
    """{kind: [masked]}."""
    consents: dict[str, str] = field(default_factory=dict)
    """{channel: given | withdrawn}; a channel nobody asked about is missing."""
    suppressed: set[str] = field(default_factory=set)
    """Channels (`*`: all) on which the member must not be contacted."""


_MEMBERS = text("""
    SELECT given.id AS given_id, m.id, m.name, m.zone, m.attributes, m.source, m.created_at, m.updated_at
    FROM member given JOIN member m ON m.id = coalesce(given.merged_into, given.id)
    WHERE given.workspace_id = :workspace_id AND given.id = ANY(CAST(:ids AS bigint[]))
""")
_TAGS = text("""
    SELECT mt.member_id, t.name, mt.expires_at FROM member_tag mt JOIN tag t ON t.id = mt.tag_id
    WHERE mt.member_id = ANY(CAST(:ids AS bigint[])) ORDER BY t.name
""")
_IDENTITIES = text("""
    SELECT member_id, kind, masked FROM identity WHERE member_id = ANY(CAST(:ids AS bigint[])) ORDER BY id
""")
_CONSENTS = text("SELECT member_id, channel, state FROM consent WHERE member_id = ANY(CAST(:ids AS bigint[]))")
_SUPPRESSIONS = text("SELECT member_id, channel FROM suppression WHERE member_id = ANY(CAST(:ids AS bigint[]))")


async def cards(tx: Tx, workspace_id: int, ids: Iterable[int]) -> dict[int, Card]:
    """The card of each of these members, by the id asked for; a merged member's is its winner's.

    Ids of other workspaces and unknown ids are left out.
    """
    asked = (await tx.execute(_MEMBERS, {"workspace_id": workspace_id, "ids": list(ids)})).all()
    found: dict[int, Card] = {}
    for row in asked:
        found.setdefault(
            row.id, Card(row.id, row.name, row.zone, row.attributes, row.source, row.created_at, row.updated_at)
        )
    winners = {"ids": list(found)}
    for member, tag, until in await tx.execute(_TAGS, winners):
        found[member].tags.append(tag)
        found[member].tag_until[tag] = until
    for member, kind, masked in await tx.execute(_IDENTITIES, winners):
        found[member].identities.setdefault(kind, []).append(masked)
    for member, channel, state in await tx.execute(_CONSENTS, winners):
        found[member].consents[channel] = state
    for member, channel in await tx.execute(_SUPPRESSIONS, winners):
        found[member].suppressed.add(channel)
    return {row.given_id: found[row.id] for row in asked}
