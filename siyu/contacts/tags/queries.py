"""Tags, their groups, and how they are used."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from siyu.contacts.tags.rules import GroupUse, TagUse
from siyu.kit.db import Tx
from siyu.platform.uses.rules import ThingNames, read_names


@dataclass(frozen=True)
class TagCount:
    """A tag and how many members have it."""

    id: int
    name: str
    members: int


@dataclass(frozen=True)
class GroupView:
    """A tag group with its tags."""

    id: int
    name: str
    kind: str
    owner: str
    exclusive: bool
    days: int | None
    created_at: datetime
    tags: list[TagCount]


async def groups(tx: Tx, workspace_id: int) -> list[GroupView]:
    """The groups in the order they were made, each with its tags."""
    rows = await tx.execute(
        text("""
            SELECT id, name, kind, owner, exclusive, days, created_at FROM tag_group
            WHERE workspace_id = :workspace_id ORDER BY id
        """),
        {"workspace_id": workspace_id},
    )
    by_id = {row.id: GroupView(**row._mapping, tags=[]) for row in rows}
    tags = await tx.execute(
        text("""
            SELECT t.group_id, t.id, t.name, count(mt.member_id) FROM tag t
            LEFT JOIN member_tag mt ON mt.tag_id = t.id WHERE t.workspace_id = :workspace_id
            GROUP BY t.id ORDER BY t.id
        """),
        {"workspace_id": workspace_id},
    )
    for group_id, *tag in tags:
        by_id[group_id].tags.append(TagCount(*tag))
    return list(by_id.values())


async def tag_names(tx: Tx, workspace_id: int) -> ThingNames:
    """What the tags of the workspace are called, for those who check what they were given and who show what is kept."""
    rows = await tx.execute(
        text("SELECT key, name, former FROM tag WHERE workspace_id = :workspace_id ORDER BY id"),
        {"workspace_id": workspace_id},
    )
    return read_names((row.key, row.name, row.former) for row in rows)


async def uses(tx: Tx, workspace_id: int, now: datetime) -> tuple[list[TagUse], list[GroupUse]]:
    """What the norms report is made of."""
    params = {"workspace_id": workspace_id, "now": now}
    tags = await tx.execute(
        text("""
            SELECT t.id, t.name, g.name,
                   count(mt.member_id) FILTER (WHERE mt.expires_at IS NULL OR mt.expires_at > :now),
                   count(mt.member_id) FILTER (WHERE mt.expires_at <= :now)
            FROM tag t JOIN tag_group g ON g.id = t.group_id LEFT JOIN member_tag mt ON mt.tag_id = t.id
            WHERE t.workspace_id = :workspace_id GROUP BY t.id, g.name ORDER BY t.id
        """),
        params,
    )
    groups = await tx.execute(
        text("""
            SELECT g.id, g.name, g.owner, g.exclusive, coalesce((
                SELECT count(*) FROM (
                    SELECT mt.member_id FROM member_tag mt JOIN tag t ON t.id = mt.tag_id
                    WHERE g.exclusive AND t.group_id = g.id AND (mt.expires_at IS NULL OR mt.expires_at > :now)
                    GROUP BY mt.member_id HAVING count(*) > 1) AS several), 0)
            FROM tag_group g WHERE g.workspace_id = :workspace_id ORDER BY g.id
        """),
        params,
    )
    return [TagUse(*row) for row in tags], [GroupUse(*row) for row in groups]
