"""Whom a caller reaches."""

from collections.abc import Collection

from sqlalchemy import text

from siyu.contacts.refusals import NoSuchMember
from siyu.kit.db import Tx
from siyu.platform.queries import Caller

STAFF_MAX = 1_000
"""Staff listed for a choice."""

SERVED = """SELECT h.member_id FROM member_host h WHERE h.workspace_id = :workspace_id AND h.staff = :serves"""
"""The members connected with one of the staff, as they are now: `Caller.serves`. The rows are those of connections on platforms."""


def served(member: str) -> str:
    """The condition that a member (an expression of SQL), or who it was merged into, is one of SERVED; true for all when
    `:serves` is null."""
    winner = f"coalesce((SELECT own.merged_into FROM member own WHERE own.id = {member}), {member})"
    return f"(CAST(:serves AS text) IS NULL OR {winner} IN ({SERVED}))"


async def check_served(tx: Tx, caller: Caller, member_ids: Collection[int]) -> None:
    """Raises NoSuchMember when one of these is not a customer the caller reaches."""
    if caller.serves is None:
        return
    reached = await tx.scalar(
        text(f"""
            SELECT count(*) FROM unnest(CAST(:ids AS bigint[])) AS c (id)
            WHERE {served("c.id")} AND EXISTS (SELECT 1 FROM member m WHERE m.id = c.id AND m.workspace_id = :workspace_id)
        """),
        {"ids": sorted(set(member_ids)), "workspace_id": caller.workspace_id, "serves": caller.serves},
    )
    if reached != len(set(member_ids)):
        raise NoSuchMember()


async def staff(tx: Tx, workspace_id: int) -> list[tuple[str, int]]:
    """Who of the staff customers are connected with, and with how many; the most first."""
    rows = await tx.execute(
        text("""
            SELECT staff, count(DISTINCT member_id) AS customers FROM member_host WHERE workspace_id = :workspace_id
            GROUP BY staff ORDER BY customers DESC, staff LIMIT :limit
        """),
        {"workspace_id": workspace_id, "limit": STAFF_MAX},
    )
    return [(row.staff, row.customers) for row in rows]
