"""Writing the log, always inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from siyu.facts.catalogue import LASTING
from siyu.facts.catalogue.fact import Fact
from siyu.facts.log.queries import Position
from siyu.kit.db import Tx
from siyu.kit.ids import token

RECORD_ROWS_MAX = 10_000
ERASE_ROWS_MAX = 20_000
"""Facts redacted in one transaction; a member with more is gone through in several."""
REDACTED_ACTOR = "system"
"""The actor of a fact whose member is erased: members act too, and staff are told apart by whom they serve."""
ERASED = "member_erased"
"""The one kind that keeps its member in the log (not in the lake), so that every subscriber learns of it."""

_ID = """
    CAST(overlay(overlay(md5(CAST(:fact_salt AS text) || row_number() OVER ()) PLACING '8' FROM 13) PLACING '8' FROM 17) AS uuid)
"""
"""Ids of a set: version 8 UUIDs from one random salt. Drawing 16 random bytes a row costs more than writing the row."""

_INSERT = text(f"""
    INSERT INTO fact (id, workspace_id, name, member_id, occurred_at, recorded_at, actor, key, props)
    SELECT {_ID}, workspace_id, name, member_id, occurred_at, :now, actor, key, props
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
    result = await tx.execute(_INSERT, {"rows": orjson.dumps(rows).decode(), "now": now, "fact_salt": token()})
    return int(result.rowcount)  # type: ignore[attr-defined]


async def record_from(
    tx: Tx,
    kind: type[Fact],
    select: str,
    params: dict[str, Any],
    now: datetime,
    *,
    writing: str = "",
    keyed: bool = True,
) -> int:
    """Record a set without bringing it into Python.

    `select` is our own SQL giving (workspace_id, member_id, occurred_at, actor, key, props jsonb) a row; props must be
    those of `kind`. `writing` is the WITH clause of a statement that writes what the facts are about, for `select` to
    read what it returns. Not `keyed`: every key is NULL, so that nothing has to be looked for. Returns how many were new.
    """
    known = "ON CONFLICT (workspace_id, key) WHERE key IS NOT NULL DO NOTHING" if keyed else ""
    result = await tx.execute(
        text(f"""
            {writing and f"WITH {writing}"}
            INSERT INTO fact (id, workspace_id, name, member_id, occurred_at, recorded_at, actor, key, props)
            SELECT {_ID}, s.workspace_id, :fact_name, s.member_id, s.occurred_at, :fact_now, s.actor, s.key, s.props
            FROM ({select}) AS s (workspace_id, member_id, occurred_at, actor, key, props) {known}
        """),
        {**params, "fact_name": kind.name, "fact_now": now, "fact_salt": token()},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


# --- erasing: facts that are nobody's any more

_REDACT = """
    UPDATE fact SET member_id = NULL, actor = :actor, key = NULL, props = (
        SELECT coalesce(jsonb_object_agg(p.key, CASE p.key WHEN 'message_id' THEN to_jsonb(-fact.seq)
                                                WHEN 'merge_id' THEN '0' WHEN 'other_id' THEN '0' ELSE p.value END), '{{}}')
        FROM jsonb_each(fact.props) AS p
        WHERE fact.name || '.' || p.key = ANY(:lasting) OR p.key IN ('message_id', 'merge_id', 'other_id'))
    WHERE seq IN (
        SELECT f.seq FROM erasure e JOIN fact f ON f.workspace_id = e.workspace_id AND f.member_id = e.member_id
        WHERE f.name <> :erased AND {which} LIMIT :most)
"""
"""Numbers that facts of a kind must have are replaced: a message's by one of the fact's own, so that counts stay."""


async def erase(tx: Tx, workspace_id: int, member_ids: Sequence[int], beside: Sequence[int], now: datetime) -> None:
    """Make the facts of erased members nobody's, in the log now and in the lake soon; amounts, places and times stay.

    Up to ERASE_ROWS_MAX facts are done in `tx`, the rest and what is still being recorded by the worker. `beside` are
    members who were merged with them once and keep facts that name them.
    """
    await tx.execute(
        text("""
            INSERT INTO erasure (member_id, workspace_id, erased_at, state_since)
            SELECT m, :workspace_id, :now, :now FROM unnest(CAST(:ids AS bigint[])) AS m ON CONFLICT DO NOTHING
        """),
        {"ids": list(member_ids), "workspace_id": workspace_id, "now": now},
    )
    await _redact(tx, "e.member_id = ANY(CAST(:ids AS bigint[]))", {"ids": list(member_ids)}, ERASE_ROWS_MAX)
    await tx.execute(
        text("""
            UPDATE fact SET props = props || '{"other_id": 0, "merge_id": 0}'
            WHERE workspace_id = :workspace_id AND member_id = ANY(CAST(:beside AS bigint[]))
              AND name IN ('member_merged', 'member_unmerged') AND (props->>'other_id')::bigint = ANY(CAST(:ids AS bigint[]))
        """),
        {"workspace_id": workspace_id, "beside": list(beside), "ids": list(member_ids)},
    )


async def redact_marked(tx: Tx) -> int:
    """Go on with members whose erasure has just begun; returns how many facts, fewer than ERASE_ROWS_MAX at the end."""
    return await _redact(tx, "e.state = 'marked'", {}, ERASE_ROWS_MAX)


async def redact_between(tx: Tx, after: Position, upto: Position) -> int:
    """Facts in (`after`, `upto`] that were recorded although their member is erased; returns how many."""
    return await _redact(
        tx,
        "(f.txid, f.seq) > (CAST(CAST(:a AS text) AS xid8), :b) AND (f.txid, f.seq) <= (CAST(CAST(:c AS text) AS xid8), :d)",
        {"a": str(after.txid), "b": after.seq, "c": str(upto.txid), "d": upto.seq},
        None,
    )


async def _redact(tx: Tx, which: str, params: dict[str, Any], most: int | None) -> int:
    result = await tx.execute(
        text(_REDACT.format(which=which)),
        {**params, "actor": REDACTED_ACTOR, "erased": ERASED, "lasting": sorted(LASTING), "most": most},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
