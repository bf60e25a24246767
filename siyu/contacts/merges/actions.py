"""Merging members and undoing it. One read a table, the pure decision, one write a table, for any number of pairs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from siyu.contacts.members.queries import lock_members
from siyu.contacts.merges.queries import active_into, exclusive_tags, merge_row, sides
from siyu.contacts.merges.rules import SETS, MergeSide, join, unmerge
from siyu.contacts.refusals import (
    AlreadyErased,
    AlreadyMerged,
    AlreadyUndone,
    MergedAgain,
    NoSuchMember,
    SameMember,
)
from siyu.facts.catalogue.contacts import MemberMerged, MemberUnmerged
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx


@dataclass(frozen=True)
class Pair:
    """`loser` is to become part of `winner`."""

    winner: int
    loser: int
    reason: str


async def merge(
    tx: Tx, workspace_id: int, winner_id: int, loser_id: int, reason: str, *, actor: str, now: datetime
) -> int:
    """Merge `loser_id` into `winner_id` and say why; returns the merge's id.

    Raises SameMember, NoSuchMember, AlreadyMerged (one of them is part of another already), AlreadyErased.
    """
    if winner_id == loser_id:
        raise SameMember()
    locked = await lock_members(tx, workspace_id, [winner_id, loser_id])
    for member in (winner_id, loser_id):
        if member not in locked:
            raise NoSuchMember()
        if (into := locked[member].merged_into) is not None:
            raise AlreadyMerged(into)
        if locked[member].erased:
            raise AlreadyErased()
    (merge_id,) = await merge_pairs(tx, workspace_id, [Pair(winner_id, loser_id, reason)], actor=actor, now=now)
    return merge_id


async def merge_pairs(tx: Tx, workspace_id: int, pairs: Sequence[Pair], *, actor: str, now: datetime) -> list[int]:
    """Merge locked, unmerged members in the order of `pairs`; a winner of one pair may be the loser of a later one."""
    if not pairs:
        return []
    state = await sides(tx, {member for pair in pairs for member in (pair.winner, pair.loser)})
    exclusive = await exclusive_tags(tx, workspace_id)
    moved = []
    for pair in pairs:
        state[pair.winner], state[pair.loser], what = join(state[pair.winner], state[pair.loser], exclusive, now)
        moved.append(what)
    await _write_sides(tx, state.values(), now)
    rows = await tx.scalars(
        text("""
            INSERT INTO merge (workspace_id, winner_id, loser_id, reason, moved, merged_by, merged_at)
            SELECT :workspace_id, r.winner, r.loser, r.reason, r.moved, :actor, :now
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (place int, winner bigint, loser bigint, reason text, moved jsonb)
            ORDER BY r.place RETURNING id
        """),
        {"workspace_id": workspace_id, "actor": actor, "now": now, "rows": _merge_rows(pairs, moved)},
    )
    ids = sorted(rows)
    await _point(tx, pairs, now)
    entries = [
        Entry(workspace_id, MemberMerged(merge_id=i, other_id=p.loser, reason=p.reason), now, p.winner, actor)
        for i, p in zip(ids, pairs, strict=True)
    ]
    await record(tx, entries, now)
    return ids


def _merge_rows(pairs: Sequence[Pair], moved: Sequence[dict[str, Any]]) -> str:
    rows = [
        {"place": n, "winner": p.winner, "loser": p.loser, "reason": p.reason, "moved": what}
        for n, (p, what) in enumerate(zip(pairs, moved, strict=True))
    ]
    return orjson.dumps(rows).decode()


async def _point(tx: Tx, pairs: Sequence[Pair], now: datetime) -> None:
    """Let every loser, and whoever was merged into it before, point at who they are now: one hop for every reader."""
    final = {pair.loser: pair.winner for pair in pairs}
    ends = {loser: _end(final, loser) for loser in final}
    await tx.execute(
        text("""
            UPDATE member m SET merged_into = p.winner, updated_at = :now
            FROM unnest(CAST(:losers AS bigint[]), CAST(:winners AS bigint[])) AS p (loser, winner)
            WHERE m.id = p.loser OR m.merged_into = p.loser
        """),
        {"losers": list(ends), "winners": list(ends.values()), "now": now},
    )


def _end(final: Mapping[int, int], member: int) -> int:
    while member in final:
        member = final[member]
    return member


async def undo_merge(tx: Tx, workspace_id: int, merge_id: int, *, actor: str, now: datetime) -> tuple[int, int]:
    """Take a merge apart; returns (winner, restored member).

    Raises NoSuchMember, AlreadyUndone, MergedAgain (the winner was merged itself later), AlreadyErased.
    """
    row = await merge_row(tx, workspace_id, merge_id)
    if row is None:
        raise NoSuchMember("There is no such merge here", "没有这次合并")
    locked = await lock_members(tx, workspace_id, [row.winner_id, row.loser_id])
    # looked at again now that nobody else can undo it
    row = await merge_row(tx, workspace_id, merge_id)
    assert row is not None
    if row.undone:
        raise AlreadyUndone()
    if locked[row.winner_id].erased or locked[row.loser_id].erased:
        raise AlreadyErased()
    if locked[row.winner_id].merged_into is not None:
        raise MergedAgain(row.later_id)
    later = await active_into(tx, row.winner_id, merge_id)
    state = await sides(tx, {row.winner_id, row.loser_id, *(merge.loser_id for merge in later)})
    winner, loser, again = unmerge(
        state[row.winner_id],
        state[row.loser_id],
        row.moved,
        [(state[merge.loser_id], merge.moved) for merge in later],
        await exclusive_tags(tx, workspace_id),
    )
    await _write_sides(tx, (winner, loser), now)
    await _rewrite(tx, {merge.id: moved for merge, moved in zip(later, again, strict=True)})
    await tx.execute(
        text("INSERT INTO merge_undo (merge_id, undone_by, undone_at) VALUES (:merge_id, :actor, :now)"),
        {"merge_id": merge_id, "actor": actor, "now": now},
    )
    await _unpoint(tx, row.loser_id, now)
    fact = MemberUnmerged(merge_id=merge_id, other_id=row.loser_id)
    await record(tx, [Entry(workspace_id, fact, now, row.winner_id, actor)], now)
    return row.winner_id, row.loser_id


async def _rewrite(tx: Tx, moved: Mapping[int, dict[str, Any]]) -> None:
    """Keep what moved in these merges now that an earlier one is undone."""
    await tx.execute(
        text("""
            UPDATE merge SET moved = r.moved
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id bigint, moved jsonb) WHERE merge.id = r.id
        """),
        {"rows": orjson.dumps([{"id": id_, "moved": what} for id_, what in moved.items()]).decode()},
    )


async def _unpoint(tx: Tx, loser_id: int, now: datetime) -> None:
    """The restored member stands alone again, with those that were merged into it before."""
    await tx.execute(
        text("""
            WITH RECURSIVE below AS (
                SELECT CAST(:loser AS bigint) AS id
                UNION
                SELECT m.loser_id FROM merge m JOIN below ON m.winner_id = below.id
                WHERE NOT EXISTS (SELECT 1 FROM merge_undo u WHERE u.merge_id = m.id))
            UPDATE member SET merged_into = CASE WHEN member.id = :loser THEN NULL ELSE :loser END, updated_at = :now
            FROM below WHERE member.id = below.id
        """),
        {"loser": loser_id, "now": now},
    )


_WRITE = {
    "tags": """
        INSERT INTO member_tag (member_id, tag_id, source, tagged_at, expires_at)
        SELECT r.member_id, CAST(r.key AS int), r.row->>'source', CAST(r.row->>'tagged_at' AS timestamptz),
               CAST(r.row->>'expires_at' AS timestamptz)
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (member_id bigint, key text, row jsonb)
        JOIN tag t ON t.id = CAST(r.key AS int)""",
    "consents": """
        INSERT INTO consent (member_id, channel, state, purpose, source, proof, changed_at)
        SELECT r.member_id, r.key, r.row->>'state', r.row->>'purpose', r.row->>'source', r.row->>'proof',
               CAST(r.row->>'changed_at' AS timestamptz)
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (member_id bigint, key text, row jsonb)""",
    "suppressions": """
        INSERT INTO suppression (member_id, channel, reason, since)
        SELECT r.member_id, r.key, r.row->>'reason', CAST(r.row->>'since' AS timestamptz)
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (member_id bigint, key text, row jsonb)""",
}
_TABLES = {"tags": "member_tag", "consents": "consent", "suppressions": "suppression"}


async def _write_sides(tx: Tx, sides: Iterable[MergeSide], now: datetime) -> None:
    """Make these locked members' tables say what `sides` say."""
    members = list(sides)
    ids = [side.id for side in members]
    for name in SETS:
        await tx.execute(
            text(f"DELETE FROM {_TABLES[name]} WHERE member_id = ANY(CAST(:ids AS bigint[]))"), {"ids": ids}
        )
        rows = [
            {"member_id": side.id, "key": key, "row": row}
            for side in members
            for key, row in getattr(side, name).items()
        ]
        await tx.execute(text(_WRITE[name]), {"rows": orjson.dumps(rows).decode()})
    await tx.execute(
        text("""
            UPDATE identity i SET member_id = r.member_id
            FROM unnest(CAST(:identities AS bigint[]), CAST(:members AS bigint[])) AS r (id, member_id)
            WHERE i.id = r.id AND i.member_id <> r.member_id
        """),
        {
            "identities": [identity for side in members for identity in side.identities],
            "members": [side.id for side in members for _ in side.identities],
        },
    )
    profiles = [{"id": s.id, "name": s.name, "zone": s.zone, "attributes": dict(s.attributes)} for s in members]
    await tx.execute(
        text("""
            UPDATE member m SET name = r.name, zone = r.zone, attributes = r.attributes, updated_at = :now
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id bigint, name text, zone text, attributes jsonb)
            WHERE m.id = r.id
        """),
        {"rows": orjson.dumps(profiles).decode(), "now": now},
    )
