"""The log of messages, and how many are in which state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.kit.db import Tx


@dataclass(frozen=True)
class Filter:
    """Which messages: None means any."""

    state: str | None = None
    reason: str | None = None
    channel: str | None = None
    member_id: int | None = None
    source: str | None = None
    since: datetime | None = None


_WHERE = """
    m.workspace_id = :workspace_id
    AND (CAST(:state AS text) IS NULL OR m.state = :state)
    AND (CAST(:reason AS text) IS NULL OR m.reason = :reason)
    AND (CAST(:channel AS text) IS NULL OR m.channel = :channel)
    AND (CAST(:source AS text) IS NULL OR m.source = :source)
    AND (CAST(:since AS timestamptz) IS NULL OR m.planned_at >= :since)
    AND (CAST(:member_id AS bigint) IS NULL OR m.member_id IN (
        SELECT id FROM member WHERE id = :member_id OR merged_into = :member_id))
"""


def _params(workspace_id: int, wanted: Filter) -> dict[str, Any]:
    return {"workspace_id": workspace_id, **vars(wanted)}


async def log(
    tx: Tx, workspace_id: int, wanted: Filter, before: int | None, limit: int
) -> tuple[list[Mapping[str, Any]], int]:
    """(a page of messages, newest first; how many there are in all)."""
    rows = await tx.execute(
        text(f"""
            SELECT m.id, m.member_id, coalesce(p.name, '') AS member_name, m.channel, m.purpose, m.source, m.origin,
                   m.template_id, t.name AS template_name, m.template_version, m.staff, m.content->>'text' AS text,
                   coalesce(jsonb_array_length(m.content->'attachments'), 0) AS attachments, m.state, m.reason,
                   d.trouble AS detail, m.tries, m.planned_at, m.due_at, m.changed_at
            FROM message m JOIN member p ON p.id = m.member_id LEFT JOIN template t ON t.id = m.template_id
            LEFT JOIN dispatch d ON d.id = m.dispatch_id
            WHERE {_WHERE} AND (CAST(:before AS bigint) IS NULL OR m.id < :before)
            ORDER BY m.id DESC LIMIT :limit
        """),
        {**_params(workspace_id, wanted), "before": before, "limit": limit},
    )
    found = [dict(row) for row in rows.mappings()]
    total = await tx.scalar(text(f"SELECT count(*) FROM message m WHERE {_WHERE}"), _params(workspace_id, wanted))
    return list(found), int(total or 0)


async def summary(tx: Tx, workspace_id: int, wanted: Filter) -> list[tuple[str, str | None, int]]:
    """(state, reason, how many)."""
    rows = await tx.execute(
        text(f"SELECT m.state, m.reason, count(*) FROM message m WHERE {_WHERE} GROUP BY 1, 2 ORDER BY 1, 2"),
        _params(workspace_id, wanted),
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


async def used(tx: Tx, account_id: int, month: datetime, now: datetime) -> dict[str, int]:
    """How much of an account's quotas is used: the most group sends one customer got since the platform's `month`
    began, and the calls of the last minute and hour."""
    most = await tx.scalar(
        text("""
            SELECT coalesce(max(n), 0) FROM (
                SELECT count(*) AS n FROM message m JOIN dispatch d ON d.id = m.dispatch_id AND d.kind = 'message'
                WHERE d.account_id = :id AND d.started_at >= :month AND m.state IN ('sending', 'sent', 'delivered', 'in_doubt')
                GROUP BY m.member_id) AS by_member
        """),
        {"id": account_id, "month": month},
    )
    row = (
        await tx.execute(
            text("""
                SELECT count(*) FILTER (WHERE called_at > CAST(:now AS timestamptz) - interval '1 minute') AS minute,
                       count(*) AS hour
                FROM dispatch WHERE account_id = :id AND called_at > CAST(:now AS timestamptz) - interval '1 hour'
            """),
            {"id": account_id, "now": now},
        )
    ).one()
    return {"group_send_month": int(most or 0), "api_minute": row.minute, "api_hour": row.hour}
