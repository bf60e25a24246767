"""The relay (log -> lake) and the readers (log -> rooms). Both go batch by batch and can be killed anywhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import duckdb
from sqlalchemy import text

from siyu.facts import actions, queries
from siyu.facts.lake import Lake
from siyu.facts.layout import FACT_COLUMNS, SORTED, fact_rows
from siyu.facts.locks import RELAY_LOCK, locked
from siyu.facts.queries import Happened, Position
from siyu.kit.db import Database, Tx

RELAY_ROWS_MAX = queries.BATCH_ROWS_MAX
READ_ROWS_MAX = 5_000
SPAN_ROWS_MAX = queries.BATCH_ROWS_MAX


@dataclass(frozen=True)
class Reader:
    """A room's ear on the log: `read` gets each batch once, in the transaction that moves the cursor."""

    name: str
    kinds: frozenset[str] | None
    read: Callable[[Tx, list[Happened], datetime], Awaitable[None]]
    rows_max: ClassVar[int] = READ_ROWS_MAX

    async def hear(self, tx: Tx, after: Position, upto: Position, now: datetime) -> int:
        """Hand over what lies between; returns how many facts that were."""
        batch = await queries.between(tx, after, upto, self.kinds)
        if batch:
            await self.read(tx, batch, now)
        return len(batch)


@dataclass(frozen=True)
class SpanReader:
    """An ear that need not see each fact: `mark` gets the ends of a span (after, upto], asks the log itself and returns
    how many facts concern it."""

    name: str
    mark: Callable[[Tx, Position, Position, datetime], Awaitable[int]]
    rows_max: ClassVar[int] = SPAN_ROWS_MAX

    async def hear(self, tx: Tx, after: Position, upto: Position, now: datetime) -> int:
        """Tell of the span."""
        return await self.mark(tx, after, upto, now)


Ear = Reader | SpanReader
"""Whoever reads the log at a cursor of its own."""


async def relay(db: Database, lake: Lake) -> int:
    """Append what is new in the log to the lake; returns the number of facts.

    The batch and the lake's cursor are one lake transaction: after a crash the cursor tells the truth. Should the advisory
    lock be lost, the lake's own conflict check on its cursor row still keeps two relays apart.
    """
    total = 0
    async with locked(db, RELAY_LOCK, wait=False) as held:
        while held:
            rows = await lake.rows("SELECT txid, seq FROM lake.relay_cursor")
            after = Position(*rows[0])
            async with db.transaction() as tx:
                upto = await queries.bound(tx, after, RELAY_ROWS_MAX)
                if upto is None:
                    break
                # what was recorded about a member after it was erased reaches the lake as nobody's
                await actions.anonymise_between(tx, after, upto)
            total += await lake.run(lambda cursor, a=after, b=upto: append(cursor, a, b))  # type: ignore[misc]
    return total


def log_select(condition: str) -> str:
    """Rows of the log, in the lake's shape, for facts that satisfy `condition` (our own SQL, Postgres dialect)."""
    erased = f"name = '{actions.ERASED}'"
    query = f"""
        SELECT workspace_id, name, CASE WHEN NOT {erased} THEN member_id END AS member_id, occurred_at, recorded_at,
               CASE WHEN {erased} THEN '{actions.ANONYMOUS}' ELSE actor END AS actor, props::text AS props, seq, id
        FROM fact WHERE {condition}""".replace("'", "''")
    rows = fact_rows(f"postgres_query('pg', '{query}')")
    return f"{rows} ORDER BY {SORTED['facts']}"


def append(cursor: duckdb.DuckDBPyConnection, after: Position, upto: Position) -> int:
    """Append the log's rows in (`after`, `upto`] and move the cursor, in one lake transaction."""
    cursor.execute("BEGIN")
    try:
        condition = (
            f"(txid, seq) > ('{after.txid}'::xid8, {after.seq}) AND (txid, seq) <= ('{upto.txid}'::xid8, {upto.seq}) "
            f"ORDER BY txid, seq LIMIT {RELAY_ROWS_MAX}"
        )
        count = cursor.execute(
            f"INSERT INTO lake.facts ({', '.join(FACT_COLUMNS)}) {log_select(condition)}"
        ).fetchall()[0][0]
        cursor.execute(
            "UPDATE lake.relay_cursor SET txid = ?, seq = ? WHERE txid = ? AND seq = ?",
            [upto.txid, upto.seq, after.txid, after.seq],
        )
        cursor.execute("COMMIT")
    except duckdb.Error:
        cursor.execute("ROLLBACK")
        raise
    return int(count)


async def read_on(db: Database, reader: Ear, now: datetime) -> int:
    """Hand `reader` what is new, batch by batch; a failed batch stays at its cursor. Returns the facts handed over."""
    total = 0
    while True:
        async with db.transaction() as tx:
            await tx.execute(
                text("INSERT INTO fact_cursor (reader) VALUES (:reader) ON CONFLICT DO NOTHING"),
                {"reader": reader.name},
            )
        async with db.transaction() as tx:
            row = (
                await tx.execute(
                    text(
                        "SELECT txid::text::bigint, seq FROM fact_cursor WHERE reader = :reader FOR UPDATE SKIP LOCKED"
                    ),
                    {"reader": reader.name},
                )
            ).one_or_none()
            if row is None:
                return total
            after = Position(*row)
            upto = await queries.bound(tx, after, reader.rows_max)
            if upto is None:
                return total
            total += await reader.hear(tx, after, upto, now)
            await tx.execute(
                text(
                    "UPDATE fact_cursor SET txid = CAST(CAST(:txid AS text) AS xid8), seq = :seq WHERE reader = :reader"
                ),
                {"txid": str(upto.txid), "seq": upto.seq, "reader": reader.name},
            )


async def forget(db: Database, lake: Lake, now: datetime, days: int) -> int:
    """Delete from the log what is older than `days`, is in the lake, and every reader has passed."""
    rows = await lake.rows("SELECT txid, seq FROM lake.relay_cursor")
    async with db.transaction() as tx:
        result = await tx.execute(
            text("""
                DELETE FROM fact WHERE recorded_at < :before
                  AND (txid, seq) <= (CAST(CAST(:txid AS text) AS xid8), :seq)
                  AND NOT EXISTS (SELECT 1 FROM fact_cursor c WHERE (c.txid, c.seq) < (fact.txid, fact.seq))
            """),
            {"before": now - timedelta(days=days), "txid": str(rows[0][0]), "seq": rows[0][1]},
        )
        return int(result.rowcount)  # type: ignore[attr-defined]
