"""Merges: what they moved, and who a member is now that others are part of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.contacts.merges.rules import MergeSide, Row, time_text
from siyu.kit.db import Tx


async def canonical(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """Who each of these members is now: itself, or the winner it was merged into. Unknown ids are left out."""
    rows = await tx.execute(
        text("SELECT id, coalesce(merged_into, id) AS winner FROM member WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(ids)},
    )
    return {row.id: row.winner for row in rows}


async def family(tx: Tx, member_id: int) -> list[int]:
    """The member and all that were merged into it: whose facts make up its timeline."""
    rows = await tx.scalars(
        text("SELECT id FROM member WHERE id = :id OR merged_into = :id ORDER BY id"), {"id": member_id}
    )
    return list(rows)


async def families(tx: Tx, member_ids: Sequence[int]) -> Mapping[int, list[int]]:
    """`family` of many at once."""
    family_by_member: dict[int, list[int]] = {member: [member] for member in member_ids}
    rows = await tx.execute(
        text("SELECT merged_into, id FROM member WHERE merged_into = ANY(CAST(:ids AS bigint[])) ORDER BY id"),
        {"ids": list(member_ids)},
    )
    for winner, loser in rows:
        family_by_member[winner].append(loser)
    return family_by_member


@dataclass(frozen=True)
class MergeRow:
    """A merge as it is kept; `later_id` is the merge that took the winner further, or 0."""

    id: int
    winner_id: int
    loser_id: int
    moved: dict[str, Any]
    undone: bool
    later_id: int


async def merge_row(tx: Tx, workspace_id: int, merge_id: int) -> MergeRow | None:
    """One merge of this workspace, or None."""
    rows = await tx.execute(
        text("""
            SELECT m.id, m.winner_id, m.loser_id, m.moved,
                   EXISTS (SELECT 1 FROM merge_undo u WHERE u.merge_id = m.id),
                   coalesce((SELECT max(l.id) FROM merge l WHERE l.loser_id = m.winner_id
                             AND NOT EXISTS (SELECT 1 FROM merge_undo u WHERE u.merge_id = l.id)), 0)
            FROM merge m WHERE m.workspace_id = :workspace_id AND m.id = :merge_id
        """),
        {"workspace_id": workspace_id, "merge_id": merge_id},
    )
    row = rows.one_or_none()
    return MergeRow(*row) if row else None


@dataclass(frozen=True)
class LaterMerge:
    """A merge made after another into the same winner."""

    id: int
    loser_id: int
    moved: dict[str, Any]


async def active_into(tx: Tx, winner_id: int, after: int) -> list[LaterMerge]:
    """The merges into this winner made after merge `after` and not undone, in order."""
    rows = await tx.execute(
        text("""
            SELECT id, loser_id, moved FROM merge m WHERE winner_id = :winner_id AND id > :after
              AND NOT EXISTS (SELECT 1 FROM merge_undo u WHERE u.merge_id = m.id) ORDER BY id
        """),
        {"winner_id": winner_id, "after": after},
    )
    return [LaterMerge(*row) for row in rows]


async def exclusive_tags(tx: Tx, workspace_id: int) -> dict[str, int]:
    """{tag id as text: its exclusive group}."""
    rows = await tx.execute(
        text("""
            SELECT t.id, t.group_id FROM tag t JOIN tag_group g ON g.id = t.group_id
            WHERE g.workspace_id = :workspace_id AND g.exclusive
        """),
        {"workspace_id": workspace_id},
    )
    return {str(tag): group for tag, group in rows}


async def sides(tx: Tx, member_ids: Iterable[int]) -> dict[int, MergeSide]:
    """All that a merge touches of these members."""
    ids = {"ids": sorted(member_ids)}
    tags: dict[int, dict[str, Row]] = {member: {} for member in ids["ids"]}
    consents: dict[int, dict[str, Row]] = {member: {} for member in ids["ids"]}
    suppressions: dict[int, dict[str, Row]] = {member: {} for member in ids["ids"]}
    identities: dict[int, set[int]] = {member: set() for member in ids["ids"]}
    for row in await tx.execute(text(f"SELECT * FROM member_tag WHERE {_OF}"), ids):
        times = {"tagged_at": time_text(row.tagged_at), "expires_at": time_text(row.expires_at)}
        tags[row.member_id][str(row.tag_id)] = {"source": row.source, **times}
    for row in await tx.execute(text(f"SELECT * FROM consent WHERE {_OF}"), ids):
        word = {"state": row.state, "purpose": row.purpose, "source": row.source}
        consents[row.member_id][row.channel] = {**word, "changed_at": time_text(row.changed_at)}
    for row in await tx.execute(text(f"SELECT * FROM suppression WHERE {_OF}"), ids):
        suppressions[row.member_id][row.channel] = {"reason": row.reason, "since": time_text(row.since)}
    for row in await tx.execute(text(f"SELECT id, member_id FROM identity WHERE {_OF}"), ids):
        identities[row.member_id].add(row.id)
    members = await tx.execute(
        text("SELECT id, name, zone, attributes FROM member WHERE id = ANY(CAST(:ids AS bigint[]))"), ids
    )
    return {
        m.id: MergeSide(
            *(m.id, m.name, m.zone, m.attributes, frozenset(identities[m.id])),
            *(tags[m.id], consents[m.id], suppressions[m.id]),
        )
        for m in members
    }


_OF = "member_id = ANY(CAST(:ids AS bigint[]))"


async def merged_with(tx: Tx, member_ids: Sequence[int]) -> list[int]:
    """Other members that took part in a merge with one of these, undone or not: their facts name them."""
    rows = await tx.scalars(
        text("""
            SELECT winner_id FROM merge WHERE loser_id = ANY(CAST(:ids AS bigint[]))
            UNION SELECT loser_id FROM merge WHERE winner_id = ANY(CAST(:ids AS bigint[]))
        """),
        {"ids": list(member_ids)},
    )
    return sorted(set(rows) - set(member_ids))


@dataclass(frozen=True)
class MergeView:
    """A merge as people read it."""

    id: int
    winner_id: int
    loser_id: int
    loser_name: str | None
    reason: str
    merged_by: str
    merged_at: datetime
    undone_by: str | None
    undone_at: datetime | None


async def merges_of(tx: Tx, workspace_id: int, member_id: int) -> list[MergeView]:
    """Every merge this member took part in, newest first."""
    rows = await tx.execute(
        text("""
            SELECT m.id, m.winner_id, m.loser_id, l.name, m.reason, m.merged_by, m.merged_at, u.undone_by, u.undone_at
            FROM merge m JOIN member l ON l.id = m.loser_id LEFT JOIN merge_undo u ON u.merge_id = m.id
            WHERE m.workspace_id = :workspace_id AND (m.winner_id = :member_id OR m.loser_id = :member_id)
            ORDER BY m.id DESC
        """),
        {"workspace_id": workspace_id, "member_id": member_id},
    )
    return [MergeView(*row) for row in rows]
