"""Callbacks that were kept, and who of the staff a member is connected to."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from siyu.kit.db import Tx


async def listed(
    tx: Tx, account_id: int, trouble: bool | None, before: int | None, limit: int
) -> tuple[list[Mapping[str, Any]], int]:
    """(a page of callbacks without their bodies, newest first; how many there are in all)."""
    where = "account_id = :account_id AND (CAST(:trouble AS boolean) IS NULL OR (trouble IS NOT NULL) = :trouble)"
    params = {"account_id": account_id, "trouble": trouble}
    rows = await tx.execute(
        text(f"""
            SELECT id, received_at, handled_at, trouble FROM callback
            WHERE {where} AND (CAST(:before AS bigint) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit
        """),
        {**params, "before": before, "limit": limit},
    )
    page: list[Mapping[str, Any]] = [dict(row) for row in rows.mappings()]
    total = await tx.scalar(text(f"SELECT count(*) FROM callback WHERE {where}"), params)
    return page, int(total or 0)


async def hosts_of(tx: Tx, workspace_id: int, members: list[int]) -> list[Mapping[str, Any]]:
    """Who of the staff `members`, a member and who was merged into it, are connected to now, the oldest connection first."""
    rows = await tx.execute(
        text("""
            SELECT a.channel, a.name AS account, l.staff, min(l.added_at) AS since
            FROM friend_link l JOIN channel_account a ON a.id = l.account_id
            WHERE a.workspace_id = :workspace_id AND l.member_id = ANY(CAST(:members AS bigint[])) AND l.ended_at IS NULL
            GROUP BY a.channel, a.name, l.staff ORDER BY since, l.staff
        """),
        {"workspace_id": workspace_id, "members": members},
    )
    return [dict(row) for row in rows.mappings()]
