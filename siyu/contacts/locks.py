"""Locks on members: whoever changes one locks its row first, so that two changes at once happen one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from siyu.contacts.refusals import AlreadyMerged, MemberErased, NoSuchMember
from siyu.kit.db import Tx


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
    wanted = set(ids)
    known = await lock_members(tx, workspace_id, wanted)
    if wanted - known.keys():
        raise NoSuchMember()
    winners = {row.merged_into for row in known.values() if row.merged_into is not None} - known.keys()
    while winners:
        known |= await lock_members(tx, workspace_id, winners)
        winners = {row.merged_into for row in known.values() if row.merged_into is not None} - known.keys()
    return {member: _winner(known, member) for member in wanted}


def _winner(known: dict[int, LockedMember], member: int) -> LockedMember:
    row = known[member]
    while row.merged_into is not None:
        row = known[row.merged_into]
    return row


async def lock_one(tx: Tx, workspace_id: int, member_id: int) -> LockedMember:
    """Lock the member itself, not its winner; raises NoSuchMember, AlreadyMerged, MemberErased."""
    locked = (await lock_members(tx, workspace_id, [member_id])).get(member_id)
    if locked is None:
        raise NoSuchMember()
    if locked.merged_into is not None:
        raise AlreadyMerged(locked.merged_into)
    if locked.erased:
        raise MemberErased()
    return locked
