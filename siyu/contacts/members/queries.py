"""Lists of members and everything about one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.contacts.queries.cards import Card, cards
from siyu.contacts.queries.finding import family, hash_of
from siyu.contacts.rules.identities import looks_like
from siyu.contacts.rules.refusals import NoSuchMember
from siyu.kit.db import Tx

EXPORT_PAGE_ROWS = 1_000

SORTS: dict[str, tuple[str, str]] = {
    "-id": ("m.id", "bigint"),
    "id": ("m.id", "bigint"),
    "-created_at": ("m.created_at", "timestamptz"),
    "created_at": ("m.created_at", "timestamptz"),
    "-updated_at": ("m.updated_at", "timestamptz"),
    "updated_at": ("m.updated_at", "timestamptz"),
    "name": ("coalesce(m.name, '')", "text"),
    "-name": ("coalesce(m.name, '')", "text"),
}
"""sort -> (expression, type); a leading minus is descending."""


@dataclass(frozen=True)
class Filter:
    """Which members of a brand: all conditions given hold."""

    search: str | None = None
    """Part of a name, or exactly a phone, email, customer number, or our id."""
    tag: str | None = None
    identity: str | None = None
    """Has an identity of this kind."""


@dataclass(frozen=True)
class Place:
    """Where a page starts: after the member `id`, whose sorted value is `value`."""

    value: Any
    id: int


def _condition(workspace_id: int, which: Filter) -> tuple[str, dict[str, Any]]:
    parts = ["m.workspace_id = :workspace_id", "m.merged_into IS NULL", "m.erased_at IS NULL"]
    params: dict[str, Any] = {"workspace_id": workspace_id}
    if which.tag is not None:
        parts.append("""EXISTS (SELECT 1 FROM member_tag mt JOIN tag t ON t.id = mt.tag_id
            WHERE mt.member_id = m.id AND t.name = :tag AND t.workspace_id = :workspace_id)""")
        params["tag"] = which.tag
    if which.identity is not None:
        parts.append("EXISTS (SELECT 1 FROM identity i WHERE i.member_id = m.id AND i.kind = :identity)")
        params["identity"] = which.identity
    words = (which.search or "").strip()
    if words:
        keys = [(kind, hash_of(workspace_id, kind, value)) for kind, value in looks_like(words)]
        parts.append("""(m.name ILIKE :like OR m.id = :number OR m.id IN (
            SELECT i.member_id FROM unnest(CAST(:kinds AS text[]), CAST(:hashes AS bytea[])) AS k (kind, hash)
            JOIN identity i ON i.workspace_id = :workspace_id AND i.kind = k.kind AND i.value_hash = k.hash))""")
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        number = int(words) if words.isascii() and words.isdigit() and len(words) <= 10 else None
        params |= {"like": f"%{escaped}%", "number": number}
        params |= {"kinds": [kind for kind, _ in keys], "hashes": [hashed for _, hashed in keys]}
    return " AND ".join(parts), params


async def count(tx: Tx, workspace_id: int, which: Filter) -> int:
    """How many members there are."""
    condition, params = _condition(workspace_id, which)
    return int(await tx.scalar(text(f"SELECT count(*) FROM member m WHERE {condition}"), params) or 0)


async def page(
    tx: Tx, workspace_id: int, which: Filter, sort: str, after: Place | None, limit: int
) -> tuple[list[Card], Place | None]:
    """One page of members and where the next one starts (None at the end); `sort` is one of SORTS."""
    expression, type_ = SORTS[sort]
    condition, params = _condition(workspace_id, which)
    order, compare = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    if after is not None:
        condition += f" AND ({expression}, m.id) {compare} (CAST(:value AS {type_}), :after)"
        params |= {"value": str(after.value) if type_ != "bigint" else after.value, "after": after.id}
    rows = (
        await tx.execute(
            text(f"""
                SELECT m.id, {expression} AS value FROM member m WHERE {condition}
                ORDER BY {expression} {order}, m.id {order} LIMIT :limit
            """),
            {**params, "limit": limit + 1},
        )
    ).all()
    shown = rows[:limit]
    found = await cards(tx, workspace_id, [row.id for row in shown])
    last = Place(shown[-1].value, shown[-1].id) if len(rows) > limit else None
    return [found[row.id] for row in shown], last


async def every(tx: Tx, workspace_id: int, which: Filter) -> AsyncIterator[Card]:
    """All of them, oldest first, a page at a time."""
    after: Place | None = None
    while True:
        found, after = await page(tx, workspace_id, which, "id", after, EXPORT_PAGE_ROWS)
        for card in found:
            yield card
        if after is None:
            return


@dataclass(frozen=True)
class IdentityRow:
    """An identity as it may be shown."""

    id: int
    kind: str
    masked: str
    created_at: datetime


@dataclass(frozen=True)
class TagRow:
    """A tag on a member."""

    id: int
    name: str
    group: str
    source: str
    tagged_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class ConsentRow:
    """What a member said about a channel."""

    channel: str
    state: str
    purpose: str
    source: str
    changed_at: datetime


@dataclass(frozen=True)
class SuppressionRow:
    """A channel on which a member must not be contacted."""

    channel: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class Whole:
    """A member with everything about it."""

    id: int
    name: str | None
    zone: str | None
    attributes: dict[str, Any]
    source: str
    merged_into: int | None
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    family: list[int]
    identities: list[IdentityRow]
    tags: list[TagRow]
    consents: list[ConsentRow]
    suppressions: list[SuppressionRow]


async def whole(tx: Tx, workspace_id: int, member_id: int) -> Whole:
    """The member itself (not its winner, when it was merged); raises NoSuchMember."""
    row = (
        await tx.execute(
            text("""
                SELECT id, name, zone, attributes, source, merged_into, created_at, updated_at, erased_at FROM member
                WHERE workspace_id = :workspace_id AND id = :id
            """),
            {"workspace_id": workspace_id, "id": member_id},
        )
    ).one_or_none()
    if row is None:
        raise NoSuchMember()
    own = {"id": member_id}
    identities = await tx.execute(
        text("SELECT id, kind, masked, created_at FROM identity WHERE member_id = :id ORDER BY id"), own
    )
    tags = await tx.execute(
        text("""
            SELECT t.id, t.name, g.name, mt.source, mt.tagged_at, mt.expires_at
            FROM member_tag mt JOIN tag t ON t.id = mt.tag_id JOIN tag_group g ON g.id = t.group_id
            WHERE mt.member_id = :id ORDER BY g.name, t.name
        """),
        own,
    )
    consents = await tx.execute(
        text("SELECT channel, state, purpose, source, changed_at FROM consent WHERE member_id = :id ORDER BY channel"),
        own,
    )
    suppressions = await tx.execute(
        text("SELECT channel, reason, since FROM suppression WHERE member_id = :id ORDER BY channel"), own
    )
    return Whole(
        **row._mapping,
        family=await family(tx, member_id),
        identities=[IdentityRow(*one) for one in identities],
        tags=[TagRow(*one) for one in tags],
        consents=[ConsentRow(*one) for one in consents],
        suppressions=[SuppressionRow(*one) for one in suppressions],
    )


async def check_here(tx: Tx, workspace_id: int, member_id: int) -> None:
    """Raises NoSuchMember when the member is not of this workspace."""
    known = await tx.scalar(
        text("SELECT 1 FROM member WHERE workspace_id = :workspace_id AND id = :id"),
        {"workspace_id": workspace_id, "id": member_id},
    )
    if known is None:
        raise NoSuchMember()
