"""The lake against the log: what differs, and how to repair it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from siyu.facts.lake.connection import Lake
from siyu.facts.lake.layout import FACT_COLUMNS
from siyu.facts.lake.relay import log_select
from siyu.facts.lake.transactions import Cursor, transaction, with_retry
from siyu.facts.log.queries import Position
from siyu.kit.db import Database
from siyu.kit.locks import Lock, locked


@dataclass(frozen=True)
class Difference:
    """Log against lake where both have the facts: how many were compared, and the ids the lake lacks, has on its own, has twice."""

    compared: int
    missing_ids: tuple[Any, ...]
    extra_ids: tuple[Any, ...]
    doubled_ids: tuple[Any, ...]

    @property
    def missing(self) -> int:
        return len(self.missing_ids)

    @property
    def extra(self) -> int:
        return len(self.extra_ids)

    @property
    def doubled(self) -> int:
        return len(self.doubled_ids)

    @property
    def clean(self) -> bool:
        return not (self.missing_ids or self.extra_ids or self.doubled_ids)


@dataclass(frozen=True)
class RepairResult:
    """Facts appended to the lake (missing ones, and one of each that was doubled) and rows dropped from it."""

    appended: int
    dropped: int


def _difference(cursor: Cursor) -> Difference:
    """Compare inside the caller's lake transaction.

    The log ends where the relay has read; it begins where `forget` has cut it, so that the lake's older facts are not
    held against it.
    """
    txid, seq = cursor.execute("SELECT txid, seq FROM lake.relay_cursor").fetchall()[0]
    read = f"(txid, seq) <= (''{txid}''::xid8, {seq})"
    log = f"postgres_query('pg', 'SELECT id, seq, recorded_at FROM fact WHERE {read}')"
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE compared AS SELECT id, seq, recorded_at::TIMESTAMP AS recorded_at FROM {log}"
    )
    cursor.execute("""
        CREATE OR REPLACE TEMP TABLE held AS
        SELECT id, any_value(seq) AS seq, any_value(recorded_at) AS recorded_at, count(*) AS times FROM lake.facts
        WHERE seq >= (SELECT min(seq) FROM compared) GROUP BY id
    """)
    compared = cursor.execute("SELECT count(*) FROM compared").fetchall()[0][0]
    missing = cursor.execute("SELECT id FROM compared ANTI JOIN held USING (id) ORDER BY seq").fetchall()
    extra = cursor.execute("""
        SELECT id FROM held ANTI JOIN compared USING (id)
        WHERE recorded_at >= (SELECT min(recorded_at) FROM compared) ORDER BY seq
    """).fetchall()
    doubled = cursor.execute(
        "SELECT id FROM held SEMI JOIN compared USING (id) WHERE times > 1 ORDER BY seq"
    ).fetchall()
    return Difference(compared, *(tuple(row[0] for row in rows) for rows in (missing, extra, doubled)))


def _verify(cursor: Cursor) -> Difference:
    with transaction(cursor):
        return _difference(cursor)


def _repair(cursor: Cursor) -> RepairResult:
    with transaction(cursor):
        difference = _difference(cursor)
        dropped = appended = 0
        wrong = [*difference.extra_ids, *difference.doubled_ids]
        if wrong:
            cursor.execute("CREATE OR REPLACE TEMP TABLE wrong AS SELECT unnest($1::UUID[]) AS id", [wrong])
            dropped = cursor.execute("DELETE FROM lake.facts WHERE id IN (FROM wrong)").fetchall()[0][0]
        stale_ids = [*difference.missing_ids, *difference.doubled_ids]
        if stale_ids:
            ids = ", ".join(f"'{fact_id}'" for fact_id in stale_ids)
            appended = cursor.execute(
                f"INSERT INTO lake.facts ({', '.join(FACT_COLUMNS)}) {log_select(f'id IN ({ids})')}"
            ).fetchall()[0][0]
        return RepairResult(int(appended), int(dropped))


async def verify(db: Database, lake: Lake) -> Difference:
    """Compare the log with the lake where both have the facts, up to where the relay has read."""
    return await lake.run(_verify)


async def repair(db: Database, lake: Lake) -> RepairResult:
    """Append what the lake lacks and drop what it has twice or on its own, in one lake transaction. The relay waits."""
    async with locked(db, Lock.RELAY), locked(db, Lock.LAKE_FACTS):
        return await lake.run(lambda cursor: with_retry(lambda: _repair(cursor)))


async def common_position(db: Database, lake: Lake, subscriber: str) -> Position:
    """Up to where both the lake and `subscriber` have the log."""
    rows = await lake.rows("SELECT txid, seq FROM lake.relay_cursor")
    async with db.transaction() as tx:
        result = await tx.execute(
            text("SELECT txid::text::bigint, seq FROM fact_cursor WHERE reader = :reader"), {"reader": subscriber}
        )
        row = result.one_or_none()
    return min(Position(*rows[0]), Position(*row) if row else Position(0, 0))
