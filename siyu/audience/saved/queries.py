"""Reads of saved audiences: the rows, who uses them, who is in them and who was."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, or_, select, text

from siyu.audience.language.check import check_tree
from siyu.audience.language.describe import describe
from siyu.audience.language.schema import Saved, Schema
from siyu.audience.models import Audience, AudienceMember, AudienceSize, AudienceVersion
from siyu.audience.sql import membership_history
from siyu.contacts.identities.queries import SEARCHED, search_params
from siyu.contacts.members.queries import searched_ids
from siyu.contacts.merges import queries as contact_merges
from siyu.contacts.models import Member
from siyu.facts.lake.connection import Lake
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid, NotFound
from siyu.kit.text import LocalizedText, like_pattern
from siyu.platform.uses.queries import users_of
from siyu.platform.uses.rules import Thing, User


def sentence_of(tree: Any, schema: Schema) -> LocalizedText:
    """A saved tree, as it is written, as one plain sentence.

    One saved long ago in words that have gone since is told with what is wrong, so that it can be mended.
    """
    try:
        return describe(check_tree(tree, schema), schema)
    except Invalid as refusal:
        return LocalizedText(refusal.detail_zh, refusal.detail)


async def trees(tx: Tx, workspace_id: int) -> dict[str, Saved]:
    """All saved audiences by name, with their current trees."""
    rows = await tx.execute(
        select(Audience.name, Audience.label, AudienceVersion.tree)
        .join(
            AudienceVersion,
            (AudienceVersion.audience_id == Audience.id) & (AudienceVersion.version == Audience.version),
        )
        .where(Audience.workspace_id == workspace_id)
        .order_by(Audience.name)
    )
    return {name: Saved(label, tree) for name, label, tree in rows}


async def audience(tx: Tx, workspace_id: int, audience_id: int) -> Audience:
    """A saved audience; raises NotFound."""
    row = await tx.get(Audience, audience_id)
    if row is None or row.workspace_id != workspace_id:
        raise NotFound("There is no such audience", "没有这个人群")
    return row


async def version(tx: Tx, audience_id: int, number: int) -> AudienceVersion:
    """One version of a saved audience; raises NotFound."""
    row = await tx.get(AudienceVersion, (audience_id, number))
    if row is None:
        raise NotFound("There is no such version", "没有这个版本")
    return row


async def versions(tx: Tx, audience_id: int) -> list[AudienceVersion]:
    """All versions, newest first."""
    query = select(AudienceVersion).where(AudienceVersion.audience_id == audience_id)
    return list(await tx.scalars(query.order_by(AudienceVersion.version.desc())))


async def page(
    tx: Tx, workspace_id: int, search: str | None, after: str | None, limit: int
) -> tuple[list[Audience], int]:
    """Saved audiences by name after `after`, and how many there are in all."""
    query = select(Audience).where(Audience.workspace_id == workspace_id)
    if search:
        like = like_pattern(search)
        query = query.where(or_(Audience.name.ilike(like), Audience.label.ilike(like)))
    total = await tx.scalar(select(func.count()).select_from(query.subquery()))
    if after is not None:
        query = query.where(Audience.name > after)
    return list(await tx.scalars(query.order_by(Audience.name).limit(limit))), int(total or 0)


async def uses(tx: Tx, workspace_id: int, audience_ids: Sequence[int]) -> dict[int, list[User]]:
    """Who uses each of these audiences."""
    users = await users_of(tx, workspace_id, "audience", [str(audience_id) for audience_id in audience_ids])
    return {int(key): who for key, who in users.items()}


async def by_number(tx: Tx, workspace_id: int, things: Collection[Thing]) -> set[Thing]:
    """Things as trees refer to them, audiences by their numbers instead of their names; names there is none of are left out."""
    others = {thing for thing in things if thing.kind != "audience"}
    numbers = await numbers_of(tx, workspace_id, [thing.key for thing in things if thing.kind == "audience"])
    return others | {Thing("audience", str(number)) for number in numbers.values()}


async def numbers_of(tx: Tx, workspace_id: int, names: Collection[str]) -> dict[str, int]:
    """The ids of the saved audiences with these names; names there is none of are left out."""
    query = select(Audience.name, Audience.id).where(Audience.workspace_id == workspace_id, Audience.name.in_(names))
    return {row.name: row.id for row in await tx.execute(query)}


async def sizes(tx: Tx, audience_id: int, days: int) -> list[AudienceSize]:
    """The size at the end of each of the last `days` days there is one of, oldest first."""
    query = select(AudienceSize).where(AudienceSize.audience_id == audience_id)
    return list(reversed(list(await tx.scalars(query.order_by(AudienceSize.day.desc()).limit(days)))))


async def members(
    tx: Tx, row: Audience, search: str | None, after: int | None, limit: int
) -> tuple[list[tuple[int, str | None, datetime]], int]:
    """(id, name, entered at) of those in a saved audience whom `search` means, after member `after`, and how many there are."""
    inside = "FROM audience_member a JOIN member m ON m.id = a.member_id WHERE a.audience_id = :audience_id"
    params: dict[str, Any] = {"audience_id": row.id}
    if search:
        inside += f" AND {SEARCHED}"
        params |= search_params(row.workspace_id, search)
    page = (
        f"SELECT a.member_id, m.name, a.entered_at {inside} AND a.member_id > :after ORDER BY a.member_id LIMIT :rows"
    )
    rows = await tx.execute(text(page), {**params, "after": after or 0, "rows": limit})
    total = await tx.scalar(text(f"SELECT count(*) {inside}"), params)
    return [(member.member_id, member.name, member.entered_at) for member in rows], int(total or 0)


async def version_at(tx: Tx, audience_id: int, at: datetime) -> int | None:
    """The number of the version that was in force at `at`; None before there was any."""
    query = select(func.max(AudienceVersion.version)).where(
        AudienceVersion.audience_id == audience_id, AudienceVersion.written_at <= at
    )
    return await tx.scalar(query)


async def members_at(
    tx: Tx, lake: Lake, row: Audience, at: datetime, search: str | None, after: int | None, limit: int
) -> tuple[list[tuple[int, str | None, datetime]], int]:
    """As `members`, of those who were in at `at`."""
    among = await searched_ids(tx, row.workspace_id, search) if search else None
    query = membership_history.members_at(row.workspace_id, row.name, row.created_at, at, among)
    total = (await lake.rows(f"SELECT count(*) FROM ({query.sql})", query.params))[0][0]
    page = f"SELECT * FROM ({query.sql}) WHERE member_id > {int(after or 0)} ORDER BY member_id LIMIT {int(limit)}"
    rows = await lake.rows(page, query.params)
    names = await names_of(tx, row.workspace_id, [row[0] for row in rows])
    return [(member_id, names.get(member_id), entered.replace(tzinfo=UTC)) for member_id, entered in rows], int(total)


async def were_in(lake: Lake, row: Audience, ids: Sequence[int], at: datetime) -> set[int]:
    """Which of `ids` were in an audience at `at`."""
    query = membership_history.members_at(row.workspace_id, row.name, row.created_at, at, ids)
    return {row[0] for row in await lake.rows(query.sql, query.params)}


async def audiences_of(
    tx: Tx, lake: Lake, workspace_id: int, member_id: int, at: datetime | None
) -> list[tuple[Audience, datetime]]:
    """The saved audiences that a member is in as of their last refresh, or was in at `at`, with when it entered."""
    member_id = (await contact_merges.canonical(tx, [member_id])).get(member_id, member_id)
    if at is None:
        query = (
            select(Audience, AudienceMember.entered_at)
            .join(AudienceMember, AudienceMember.audience_id == Audience.id)
            .where(Audience.workspace_id == workspace_id, AudienceMember.member_id == member_id)
        )
        return [(row, entered) for row, entered in await tx.execute(query.order_by(Audience.label, Audience.id))]
    memberships = membership_history.audiences_at(workspace_id, member_id, at)
    entered = {name: when.replace(tzinfo=UTC) for name, when in await lake.rows(memberships.sql, memberships.params)}
    rows = await tx.scalars(
        select(Audience)
        .where(Audience.workspace_id == workspace_id, Audience.name.in_(entered))
        .order_by(Audience.label, Audience.id)
    )
    # one of the same name that was deleted is not this one
    return [(row, entered[row.name]) for row in rows if entered[row.name] >= row.created_at]


async def names_of(tx: Tx, workspace_id: int, ids: Sequence[int]) -> dict[int, str | None]:
    """What these members are called."""
    rows = await tx.execute(
        select(Member.id, Member.name).where(Member.workspace_id == workspace_id, Member.id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}


async def labels_of(tx: Tx, workspace_id: int, names: Collection[str]) -> dict[str, str]:
    """The labels of the saved audiences with these names; names there is no audience of are left out."""
    if not names:
        return {}
    rows = await tx.execute(
        select(Audience.name, Audience.label).where(Audience.workspace_id == workspace_id, Audience.name.in_(names))
    )
    return {row.name: row.label for row in rows}


async def due(tx: Tx, now: datetime) -> dict[int, list[int]]:
    """The saved audiences whose members may have changed and that do not rest, by workspace: first the one that waits longest."""
    rows = await tx.execute(
        text("""
            SELECT workspace_id, id FROM audience
            WHERE (settled_version IS DISTINCT FROM version OR since_txid IS NOT NULL OR due_at <= :now)
              AND (rests_until IS NULL OR rests_until <= :now)
            ORDER BY min(coalesce(refreshed_at, '-infinity')) OVER (PARTITION BY workspace_id), workspace_id, id
        """),
        {"now": now},
    )
    due: dict[int, list[int]] = {}
    for workspace_id, audience_id in rows:
        due.setdefault(workspace_id, []).append(audience_id)
    return due
