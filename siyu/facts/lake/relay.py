"""The relay: what is new in the log is appended to the lake, batch by batch, and can be killed anywhere."""

from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from functools import partial

import duckdb
from sqlalchemy import text

from siyu.facts.lake.connection import Lake
from siyu.facts.lake.layout import FACT_COLUMNS, SORTED, fact_rows
from siyu.facts.log import actions, queries
from siyu.facts.log.queries import Position
from siyu.facts.operation import actions as operation
from siyu.facts.operation import queries as operation_queries
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.isolation import is_infrastructure_fault, isolate
from siyu.kit.locks import Lock, locked

LAKE = "lake"
"""The relay's name on facts that it set aside; `siyu lake repair` appends them once what was wrong is mended."""
RELAY_ROWS_MAX = queries.BATCH_ROWS_MAX


async def relay_position(lake: Lake) -> Position:
    """How far the lake has the log."""
    rows = await lake.rows("SELECT txid, seq FROM lake.relay_cursor")
    return Position(*rows[0])


async def relay(db: Database, lake: Lake) -> int:
    """Append what is new in the log to the lake; returns the number of facts.

    The batch and the lake's cursor are one lake transaction: after a crash the cursor tells the truth. Should the advisory
    lock be lost, the lake's own conflict check on its cursor row still keeps two relays apart.
    """
    total = 0
    async with locked(db, Lock.RELAY, wait=False) as held:
        if held:
            total += await _retry(db, lake)
        while held:
            after = await relay_position(lake)
            async with db.transaction() as tx:
                upto = await queries.bound(tx, after, RELAY_ROWS_MAX)
                if upto is None:
                    break
                # what was recorded about a member after it was erased reaches the lake as nobody's
                await actions.redact_between(tx, after, upto)
            total += await _append_all(db, lake, after, upto)
    return total


async def _append_all(db: Database, lake: Lake, after: Position, upto: Position) -> int:
    """Append what lies between and move the cursor; where that fails, all but the facts at fault, which are set aside."""

    def pass_on(start: Position, end: Position, *, take: bool = True) -> Awaitable[int]:
        return lake.run(lambda cursor: append(cursor, start, end, take=take))

    try:
        return await pass_on(after, upto)
    except duckdb.Error as error:
        if is_infrastructure_fault(error):
            raise
    async with db.transaction() as tx:
        places = await queries.positions(tx, after, upto)
    before = dict(zip(places, [after, *places], strict=False))

    async def append_part(part: Sequence[Position]) -> int:
        return await pass_on(before[part[0]], part[-1])

    async def set_aside(place: Position, error: Exception) -> None:
        async with db.transaction() as tx:
            stands = await queries.place_of(tx, place.seq)
            await operation.set_aside(tx, "fact", LAKE, str(place.seq), stands and stands[1], error, clock.now())
        await pass_on(before[place], place, take=False)

    return await isolate(places, append_part, set_aside)


async def _retry(db: Database, lake: Lake) -> int:
    """Append the facts that somebody wants tried again; those that the log has no more, and those that the lake has by now, are
    let go. Returns how many were appended."""
    count = 0
    async with db.transaction() as tx:
        for item in await operation_queries.retries(tx, "fact", LAKE):
            seq = int(item.item_key)
            try:
                count += await lake.run(partial(append_one, seq=seq))
                await operation.settle(tx, [item.id])
            except duckdb.Error as error:
                if is_infrastructure_fault(error):
                    raise
                await operation.set_aside(tx, "fact", LAKE, item.item_key, item.workspace_id, error, clock.now())
    return count


def append_one(cursor: duckdb.DuckDBPyConnection, *, seq: int) -> int:
    """Append one fact of the log that the lake lacks; the cursor stays."""
    insert = f"INSERT INTO lake.facts ({', '.join(FACT_COLUMNS)}) SELECT * FROM ({log_select(f'seq = {seq}')})"
    known = f"NOT EXISTS (SELECT 1 FROM lake.facts WHERE seq = {seq})"
    return int(cursor.execute(f"{insert} WHERE {known}").fetchall()[0][0])


def log_select(condition: str) -> str:
    """Rows of the log, in the lake's shape, for facts that satisfy `condition` (our own SQL, Postgres dialect)."""
    erased = f"name = '{actions.ERASED}'"
    query = f"""
        SELECT workspace_id, name, CASE WHEN NOT {erased} THEN member_id END AS member_id, occurred_at, recorded_at,
               CASE WHEN {erased} THEN '{actions.REDACTED_ACTOR}' ELSE actor END AS actor, props::text AS props, seq, id
        FROM fact WHERE {condition}""".replace("'", "''")
    rows = fact_rows(f"postgres_query('pg', '{query}')")
    return f"{rows} ORDER BY {SORTED['facts']}"


def append(cursor: duckdb.DuckDBPyConnection, after: Position, upto: Position, *, take: bool = True) -> int:
    """Append the log's rows in (`after`, `upto`] (unless not `take`) and move the cursor, in one lake transaction."""
    cursor.execute("BEGIN")
    try:
        condition = (
            f"(txid, seq) > ('{after.txid}'::xid8, {after.seq}) AND (txid, seq) <= ('{upto.txid}'::xid8, {upto.seq}) "
            f"ORDER BY txid, seq LIMIT {RELAY_ROWS_MAX}"
        )
        insert = f"INSERT INTO lake.facts ({', '.join(FACT_COLUMNS)}) {log_select(condition)}"
        count = cursor.execute(insert).fetchall()[0][0] if take else 0
        cursor.execute(
            "UPDATE lake.relay_cursor SET txid = ?, seq = ? WHERE txid = ? AND seq = ?",
            [upto.txid, upto.seq, after.txid, after.seq],
        )
        cursor.execute("COMMIT")
    except duckdb.Error:
        cursor.execute("ROLLBACK")
        raise
    return int(count)


async def trim_log(db: Database, lake: Lake, now: datetime, days: int) -> int:
    """Delete from the log what is older than `days`, is in the lake, and every subscriber has passed."""
    relayed = await relay_position(lake)
    async with db.transaction() as tx:
        result = await tx.execute(
            text("""
                DELETE FROM fact WHERE recorded_at < :before
                  AND (txid, seq) <= (CAST(CAST(:txid AS text) AS xid8), :seq)
                  AND NOT EXISTS (SELECT 1 FROM fact_cursor c WHERE (c.txid, c.seq) < (fact.txid, fact.seq))
            """),
            {"before": now - timedelta(days=days), "txid": str(relayed.txid), "seq": relayed.seq},
        )
        return int(result.rowcount)  # type: ignore[attr-defined]
