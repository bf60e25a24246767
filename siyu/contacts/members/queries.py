"""Members: cards for templates and lists, pages of them, everything about one, and locks: whoever changes a member locks its row first."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.attributes.rules import shown_values
from siyu.contacts.hosts.queries import SERVED
from siyu.contacts.identities.queries import SEARCHED, search_params
from siyu.contacts.merges.queries import family
from siyu.contacts.refusals import AlreadyErased, AlreadyMerged, NoSuchMember
from siyu.kit.db import Tx
from siyu.kit.personal_data import visible, visible_name

EXPORT_PAGE_ROWS = 1_000
SEARCHED_IDS_MAX = 10_000

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
    """The card of each of these members, by the id given; a merged member's is its winner's.

    Ids of other workspaces and unknown ids are left out.
    """
    rows = (await tx.execute(_MEMBERS, {"workspace_id": workspace_id, "ids": list(ids)})).all()
    by_winner: dict[int, Card] = {}
    specs = await attribute_specs(tx, workspace_id) if any(row.attributes for row in rows) else {}
    for row in rows:
        attributes = shown_values(specs, row.attributes)
        by_winner.setdefault(
            row.id, Card(row.id, row.name, row.zone, attributes, row.source, row.created_at, row.updated_at)
        )
    winners = {"ids": list(by_winner)}
    for member, tag, until in await tx.execute(_TAGS, winners):
        by_winner[member].tags.append(tag)
        by_winner[member].tag_until[tag] = until
    for member, kind, masked in await tx.execute(_IDENTITIES, winners):
        by_winner[member].identities.setdefault(kind, []).append(masked)
    for member, channel, state in await tx.execute(_CONSENTS, winners):
        by_winner[member].consents[channel] = state
    for member, channel in await tx.execute(_SUPPRESSIONS, winners):
        by_winner[member].suppressed.add(channel)
    return {row.given_id: by_winner[row.id] for row in rows}


async def visible_profile(tx: Tx, workspace_id: int, member_id: int) -> Mapping[str, Any]:
    """Name, attributes and tags of a member as whoever asks may see them; raises NoSuchMember."""
    card = (await cards(tx, workspace_id, [member_id])).get(member_id)
    if card is None:
        raise NoSuchMember()
    return {
        "name": card.name if card.name is None else visible_name(card.name),
        "attributes": visible(card.attributes),
        "tags": card.tags,
    }


@dataclass(frozen=True)
class MemberFilter:
    """Which members of a brand: all conditions given hold."""

    search: str | None = None
    """Part of a name, the last four digits of a phone, or exactly a phone, email, customer number, or our id."""
    tag: str | None = None
    identity: str | None = None
    """Has an identity of this kind."""
    serves: str | None = None
    """Connected with this member of staff; None: whoever."""


@dataclass(frozen=True)
class Place:
    """Where a page starts: after the member `id`, whose sorted value is `value`."""

    value: Any
    id: int


async def searched_ids(tx: Tx, workspace_id: int, searched: str) -> list[int]:
    """The members that a searched text means, at most SEARCHED_IDS_MAX: for what is asked elsewhere than here."""
    rows = await tx.scalars(
        text(
            f"SELECT m.id FROM member m WHERE m.workspace_id = :workspace_id AND {SEARCHED} ORDER BY m.id LIMIT :rows"
        ),
        {**search_params(workspace_id, searched), "rows": SEARCHED_IDS_MAX},
    )
    return list(rows.all())


def _condition(workspace_id: int, which: MemberFilter) -> tuple[str, dict[str, Any]]:
    parts = ["m.workspace_id = :workspace_id", "m.merged_into IS NULL", "m.erased_at IS NULL"]
    params: dict[str, Any] = {"workspace_id": workspace_id}
    if which.serves is not None:
        parts.append(f"m.id IN ({SERVED})")
        params["serves"] = which.serves
    if which.tag is not None:
        parts.append("""EXISTS (SELECT 1 FROM member_tag mt JOIN tag t ON t.id = mt.tag_id
            WHERE mt.member_id = m.id AND t.name = :tag AND t.workspace_id = :workspace_id)""")
        params["tag"] = which.tag
    if which.identity is not None:
        parts.append("EXISTS (SELECT 1 FROM identity i WHERE i.member_id = m.id AND i.kind = :identity)")
        params["identity"] = which.identity
    searched = (which.search or "").strip()
    if searched:
        parts.append(SEARCHED)
        params |= search_params(workspace_id, searched)
    return " AND ".join(parts), params


async def count(tx: Tx, workspace_id: int, which: MemberFilter) -> int:
    """How many members there are."""
    condition, params = _condition(workspace_id, which)
    return int(await tx.scalar(text(f"SELECT count(*) FROM member m WHERE {condition}"), params) or 0)


async def page(
    tx: Tx, workspace_id: int, which: MemberFilter, sort: str, after: Place | None, limit: int
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
    by_id = await cards(tx, workspace_id, [row.id for row in shown])
    last = Place(shown[-1].value, shown[-1].id) if len(rows) > limit else None
    return [by_id[row.id] for row in shown], last


async def ids_matching(tx: Tx, workspace_id: int, which: MemberFilter, limit: int) -> list[int]:
    """The ids of the members there are, ascending, at most `limit`."""
    condition, params = _condition(workspace_id, which)
    rows = await tx.scalars(
        text(f"SELECT m.id FROM member m WHERE {condition} ORDER BY m.id LIMIT :limit"), {**params, "limit": limit}
    )
    return list(rows.all())


async def every(tx: Tx, workspace_id: int, which: MemberFilter, sort: str) -> AsyncIterator[list[Card]]:
    """All of them in the order of the list, a page at a time."""
    after: Place | None = None
    while True:
        page_cards, after = await page(tx, workspace_id, which, sort, after, EXPORT_PAGE_ROWS)
        yield page_cards
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
    proof: str | None
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
        text(
            "SELECT channel, state, purpose, source, proof, changed_at FROM consent WHERE member_id = :id ORDER BY channel"
        ),
        own,
    )
    suppressions = await tx.execute(
        text("SELECT channel, reason, since FROM suppression WHERE member_id = :id ORDER BY channel"), own
    )
    return Whole(
        **dict(row._mapping) | {"attributes": shown_values(await attribute_specs(tx, workspace_id), row.attributes)},
        family=await family(tx, member_id),
        identities=[IdentityRow(*row) for row in identities],
        tags=[TagRow(*row) for row in tags],
        consents=[ConsentRow(*row) for row in consents],
        suppressions=[SuppressionRow(*row) for row in suppressions],
    )


async def check_here(tx: Tx, workspace_id: int, member_id: int) -> None:
    """Raises NoSuchMember when the member is not of this workspace."""
    known = await tx.scalar(
        text("SELECT 1 FROM member WHERE workspace_id = :workspace_id AND id = :id"),
        {"workspace_id": workspace_id, "id": member_id},
    )
    if known is None:
        raise NoSuchMember()


@dataclass(frozen=True)
class LockedMember:
    """A member's own row, locked until the transaction ends."""

    id: int
    merged_into: int | None
    name: str | None
    zone: str | None
    attributes: dict[str, Any]
    erased: bool


async def lock_members(tx: Tx, workspace_id: int, ids: Iterable[int]) -> dict[int, LockedMember]:
    """Lock these members in the order of their ids and read them as they are now; unknown ids are left out."""
    rows = await tx.execute(
        text("""
            SELECT id, merged_into, name, zone, attributes, erased_at IS NOT NULL AS erased FROM member
            WHERE workspace_id = :workspace_id AND id = ANY(CAST(:ids AS bigint[]))
            ORDER BY id FOR NO KEY UPDATE
        """),
        {"workspace_id": workspace_id, "ids": sorted(set(ids))},
    )
    return {row.id: LockedMember(*row) for row in rows}


async def lock_winners(tx: Tx, workspace_id: int, ids: Iterable[int]) -> dict[int, LockedMember]:
    """Lock who these members are now, by the id given; raises NoSuchMember when one is not of this workspace."""
    member_ids = set(ids)
    known = await lock_members(tx, workspace_id, member_ids)
    if member_ids - known.keys():
        raise NoSuchMember()
    winners = {row.merged_into for row in known.values() if row.merged_into is not None} - known.keys()
    while winners:
        known |= await lock_members(tx, workspace_id, winners)
        winners = {row.merged_into for row in known.values() if row.merged_into is not None} - known.keys()
    return {member: _winner(known, member) for member in member_ids}


def _winner(known: dict[int, LockedMember], member: int) -> LockedMember:
    row = known[member]
    while row.merged_into is not None:
        row = known[row.merged_into]
    return row


async def lock_one(tx: Tx, workspace_id: int, member_id: int) -> LockedMember:
    """Lock the member itself, not its winner; raises NoSuchMember, AlreadyMerged, AlreadyErased."""
    locked = (await lock_members(tx, workspace_id, [member_id])).get(member_id)
    if locked is None:
        raise NoSuchMember()
    if locked.merged_into is not None:
        raise AlreadyMerged(locked.merged_into)
    if locked.erased:
        raise AlreadyErased()
    return locked
