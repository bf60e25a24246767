"""Writing the log, always inside the caller's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from siyu.facts.catalogue import Fact
from siyu.kit.db import Tx

RECORD_ROWS_MAX = 10_000

_INSERT = text("""
    INSERT INTO fact (workspace_id, name, member_id, occurred_at, recorded_at, actor, key, props)
    SELECT workspace_id, name, member_id, occurred_at, :now, actor, key, props
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        workspace_id int, name text, member_id bigint, occurred_at timestamptz, actor text, key text, props jsonb)
    ON CONFLICT (workspace_id, key) WHERE key IS NOT NULL DO NOTHING
""")


@dataclass(frozen=True)
class Entry:
    """A fact with where, about whom, when and by whom it was caused; `key` makes a second recording a no-op."""

    workspace_id: int
    fact: Fact
    occurred_at: datetime
    member_id: int | None = None
    actor: str = "system"
    key: str | None = None


async def record(tx: Tx, entries: Iterable[Entry], now: datetime) -> int:
    """Record `entries` in `tx`; returns how many were new (those with a known key are not)."""
    rows: list[dict[str, Any]] = []
    count = 0
    for entry in entries:
        rows.append(
            {
                "workspace_id": entry.workspace_id,
                "name": entry.fact.name,
                "member_id": entry.member_id,
                "occurred_at": entry.occurred_at,
                "actor": entry.actor,
                "key": entry.key,
                "props": entry.fact.model_dump(mode="json", exclude_none=True),
            }
        )
        if len(rows) == RECORD_ROWS_MAX:
            count += await _insert(tx, rows, now)
            rows = []
    return count + await _insert(tx, rows, now) if rows else count


async def _insert(tx: Tx, rows: list[dict[str, Any]], now: datetime) -> int:
    result = await tx.execute(_INSERT, {"rows": orjson.dumps(rows).decode(), "now": now})
    return int(result.rowcount)  # type: ignore[attr-defined]


async def record_from(tx: Tx, kind: type[Fact], select: str, params: dict[str, Any], now: datetime) -> int:
    """Record a set without bringing it into Python.

    `select` is our own SQL giving (workspace_id, member_id, occurred_at, actor, key, props jsonb) a row; props must be
    those of `kind`. Returns how many were new.
    """
    result = await tx.execute(
        text(f"""
            INSERT INTO fact (workspace_id, name, member_id, occurred_at, recorded_at, actor, key, props)
            SELECT s.workspace_id, :fact_name, s.member_id, s.occurred_at, :fact_now, s.actor, s.key, s.props
            FROM ({select}) AS s (workspace_id, member_id, occurred_at, actor, key, props)
            ON CONFLICT (workspace_id, key) WHERE key IS NOT NULL DO NOTHING
        """),
        {**params, "fact_name": kind.name, "fact_now": now},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
