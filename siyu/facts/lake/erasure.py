"""Erasing from the lake: first no question finds the member, then no file holds it.

A deleted row stays in its Parquet file, hidden by a delete file, and in old snapshots. So the files that hold erased
members are written anew, and only those; old snapshots and their files then go as they always do. Every step is safe to
repeat, so that a crash anywhere only delays it.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from siyu.facts.catalogue import LASTING
from siyu.facts.lake.compaction import File, all_locked, drop_dead, files, period, rewrite_file
from siyu.facts.lake.connection import CATALOGUE_SCHEMA, Lake
from siyu.facts.lake.layout import FACT_COLUMNS, prop_column
from siyu.facts.lake.transactions import SLICE_SECONDS, Cursor, transaction, with_retry
from siyu.facts.log import actions
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.jobs import Timer
from siyu.kit.logs import logger

log = logger("lake")

ERASE_EVERY = timedelta(minutes=2)
ERASED_AT_ONCE_MAX = 10_000
"""Members redacted in one lake transaction: each goes through the member column of all facts once."""

MERGES = "('member_merged', 'member_unmerged')"
OTHER = "TRY_CAST(props ->> '$.other_id' AS BIGINT) IN (FROM erased)"
ERASED_ROWS = {
    "facts": f"member_id IN (FROM erased) OR (name IN {MERGES} AND {OTHER})",
    "profiles": "member_id IN (FROM erased) OR merged_into IN (FROM erased)",
    "tags": "member_id IN (FROM erased)",
    "attributes": "member_id IN (FROM erased)",
    "merges": "member_id IN (FROM erased) OR winner IN (FROM erased)",
}
"""Which rows of a table are of a member in `erased`. Every table but the relay's cursor is here."""


# --- no question finds it


def _kept(column: str, kind: str) -> str:
    """What becomes of a fact's column when its member is erased."""
    names = ", ".join(
        f"'{entry.rpartition('.')[0]}'" for entry in sorted(LASTING) if prop_column(entry.rpartition(".")[2]) == column
    )
    return f"CASE WHEN name IN ({names}) THEN {column} END" if names else f"CAST(NULL AS {kind})"


def _props() -> str:
    """Props with what lasts alone, as `siyu.facts.log.actions` writes them in the log."""
    lasting: dict[str, list[str]] = {}
    for entry in sorted(LASTING):
        kind, _, prop = entry.rpartition(".")
        lasting.setdefault(prop, []).append(f"'{kind}'")
    parts = [
        f"'{prop}', CASE WHEN name IN ({', '.join(kinds)}) THEN props -> '$.{prop}' END"
        for prop, kinds in lasting.items()
    ]
    parts.append("'message_id', CASE WHEN (props -> '$.message_id') IS NOT NULL THEN -seq END")
    parts += [f"'{prop}', CASE WHEN (props -> '$.{prop}') IS NOT NULL THEN 0 END" for prop in ("merge_id", "other_id")]
    # a merge patch leaves out what is null
    return f"json_merge_patch('{{}}', json_object({', '.join(parts)}))"


def _changes() -> str:
    changed = {
        column: _kept(column, kind)
        for column, kind in FACT_COLUMNS.items()
        if column == "amount" or column.startswith("p_")
    }
    changed |= {"member_id": "NULL", "actor": f"'{actions.REDACTED_ACTOR}'", "props": _props()}
    return ", ".join(f"{column} = {value}" for column, value in changed.items())


def choose(cursor: Cursor, ids: Sequence[int]) -> None:
    """Put members into the table `erased` that the conditions of ERASED_ROWS read."""
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE erased AS SELECT DISTINCT unnest($1::BIGINT[]) AS member_id", [list(ids)]
    )


def redact(cursor: Cursor, ids: Sequence[int]) -> int:
    """Make the facts of `ids` nobody's and take away all else, in one lake transaction; returns the rows changed."""
    choose(cursor, ids)

    def work() -> int:
        with transaction(cursor):
            changed = cursor.execute(f"UPDATE lake.facts SET {_changes()} WHERE member_id IN (FROM erased)").fetchall()[
                0
            ][0]
            changed += cursor.execute(f"""
                UPDATE lake.facts SET props = json_merge_patch(props, '{{"other_id": 0, "merge_id": 0}}')
                WHERE name IN {MERGES} AND {OTHER}
            """).fetchall()[0][0]
            for table in ERASED_ROWS:
                if table != "facts":
                    changed += cursor.execute(f"DELETE FROM lake.{table} WHERE {ERASED_ROWS[table]}").fetchall()[0][0]
            return int(changed)

    return with_retry(work)


# --- no file holds it


def holding(cursor: Cursor, table: str) -> list[File]:
    """Files of the lake's present that hold rows of `erased`, deleted as they are. Rows in the catalogue are not looked at."""
    return [
        file
        for file in files(cursor, table)
        if file.deleted
        and cursor.execute(f"SELECT 1 FROM read_parquet($1) WHERE {ERASED_ROWS[table]} LIMIT 1", [file.path]).fetchall()
    ]


def rewrite(cursor: Cursor, ids: Sequence[int], seconds: float = SLICE_SECONDS) -> tuple[int, bool]:
    """Write anew the files that hold `ids`, for about `seconds`; returns how many files, and whether none holds them now.

    All locks are held.
    """
    ends, done = time.monotonic() + seconds, 0
    # what came after them with a state from before: a profile that was being written when they were erased
    redact(cursor, ids)
    _flush_files(cursor)
    for table in ERASED_ROWS:
        for file in holding(cursor, table):
            if time.monotonic() > ends and done:
                return done, False
            rewrite_file(cursor, table, file)
            done += 1
    if done:
        # deletes of a few rows are rows of the catalogue again, and their files not yet known to be dead
        _flush_files(cursor)
    return done, not any(holding(cursor, table) for table in ERASED_ROWS)


def _flush_files(cursor: Cursor) -> None:
    for table in ERASED_ROWS:
        with_retry(lambda t=table: cursor.execute(f"CALL ducklake_flush_inlined_data('lake', table_name => '{t}')"))  # type: ignore[misc]
    drop_dead(cursor)


_FORGET_BOUNDS = f"""
    UPDATE {CATALOGUE_SCHEMA}.ducklake_table_column_stats AS kept SET min_value = s.least, max_value = s.greatest FROM (
        SELECT t.table_id, t.column_id,
               CASE WHEN bool_and(f.known) THEN coalesce(
                   min(CASE WHEN c.column_type = 'int64' THEN f.min_value::bigint END)::text,
                   min(CASE WHEN c.column_type <> 'int64' THEN f.min_value END COLLATE "C")) END AS least,
               CASE WHEN bool_and(f.known) THEN coalesce(
                   max(CASE WHEN c.column_type = 'int64' THEN f.max_value::bigint END)::text,
                   max(CASE WHEN c.column_type <> 'int64' THEN f.max_value END COLLATE "C")) END AS greatest
        FROM {CATALOGUE_SCHEMA}.ducklake_table_column_stats t
        JOIN {CATALOGUE_SCHEMA}.ducklake_column c
          ON c.table_id = t.table_id AND c.column_id = t.column_id AND c.end_snapshot IS NULL
         AND c.column_type IN ('int64', 'varchar', 'json')
        LEFT JOIN (SELECT v.*, v.min_value IS NOT NULL OR v.null_count = d.record_count AS known
                   FROM {CATALOGUE_SCHEMA}.ducklake_file_column_stats v
                   JOIN {CATALOGUE_SCHEMA}.ducklake_data_file d
                     ON d.data_file_id = v.data_file_id AND d.end_snapshot IS NULL) f
          ON f.table_id = t.table_id AND f.column_id = t.column_id
        GROUP BY t.table_id, t.column_id, c.column_type) AS s
    WHERE s.table_id = kept.table_id AND s.column_id = kept.column_id
      AND (kept.min_value, kept.max_value) IS DISTINCT FROM (s.least, s.greatest)
"""
"""The catalogue keeps the least and the greatest value a column ever had, which may be an erased member's: take them from
the files there are. Unknown (null) where a file does not say."""


async def _forget_bounds(db: Database) -> None:
    """Everybody who writes is locked out and nothing is inlined. A process remembers the bounds by the catalogue's present
    file number, and would write them back: the number moves on in the same transaction."""
    async with db.transaction() as tx:
        await tx.execute(text(_FORGET_BOUNDS))
        await tx.execute(
            text(f"""
                UPDATE {CATALOGUE_SCHEMA}.ducklake_snapshot SET next_file_id = next_file_id + 1
                WHERE snapshot_id = (SELECT max(snapshot_id) FROM {CATALOGUE_SCHEMA}.ducklake_snapshot)
            """)
        )


# --- how far it is


async def erase(db: Database, lake: Lake, now: datetime) -> None:
    """The timer's round: new erasures at once; files once the oldest has waited its fourteenth of the period, for all that
    wait together; then proof."""
    await _redact_marked(db, lake, now)
    await _rewrite_due(db, lake, now)
    await _conclude(db, now)


async def _ids(db: Database, states: Sequence[str]) -> list[int]:
    async with db.transaction() as tx:
        rows = await tx.scalars(
            text("SELECT member_id FROM erasure WHERE state = ANY(:states) ORDER BY erased_at, member_id LIMIT :most"),
            {"states": list(states), "most": ERASED_AT_ONCE_MAX},
        )
        return list(rows)


async def _move(
    db: Database, ids: Sequence[int], state: str, now: datetime, place: tuple[int, int] | None = None
) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            text("""
                UPDATE erasure SET state = :state, state_since = :now, snapshot = coalesce(:snapshot, snapshot),
                                   file_id = coalesce(:file_id, file_id)
                WHERE member_id = ANY(CAST(:ids AS bigint[]))
            """),
            {
                "ids": list(ids),
                "state": state,
                "now": now,
                "snapshot": place and place[0],
                "file_id": place and place[1],
            },
        )


async def _redact_marked(db: Database, lake: Lake, now: datetime) -> None:
    """Members just erased: the rest of the log, then the lake. While another process relays or writes, next time."""
    ids = await _ids(db, ["marked"])
    if not ids:
        return
    while True:
        async with db.transaction() as tx:
            if await actions.redact_marked(tx) < actions.ERASE_ROWS_MAX:
                break
    # a batch that is just being relayed may have been read from the log before
    async with all_locked(db) as held:
        if held:
            changed = await lake.run(lambda cursor: redact(cursor, ids))
            await _move(db, ids, "anonymous", now)
            log.info("members_erased", members=len(ids), rows=changed)


async def _rewrite_due(db: Database, lake: Lake, now: datetime) -> None:
    async with db.transaction() as tx:
        waiting = await tx.scalar(text("SELECT min(state_since) FROM erasure WHERE state = 'anonymous'"))
    if waiting is None or not clock.is_over(waiting, period() / 14, now):
        return
    ids = await _ids(db, ["anonymous"])
    async with all_locked(db) as held:
        if not held:
            return
        count, whole = await lake.run(lambda cursor: rewrite(cursor, ids))
        log.info("erased_rewritten", members=len(ids), files=count, whole=whole)
        if whole:
            await _forget_bounds(db)
            async with db.transaction() as tx:
                place = (
                    await tx.execute(
                        text(f"""
                            SELECT snapshot_id, next_file_id FROM {CATALOGUE_SCHEMA}.ducklake_snapshot
                            ORDER BY snapshot_id DESC LIMIT 1
                        """)
                    )
                ).one()
            await _move(db, ids, "rewritten", now, (place[0], place[1]))


async def _conclude(db: Database, now: datetime) -> None:
    """Members whose last snapshot has been forgotten and whose last file has been deleted are gone."""
    async with db.transaction() as tx:
        gone = await tx.scalars(
            text(f"""
                UPDATE erasure e SET state = 'gone', state_since = :now
                WHERE state = 'rewritten' AND snapshot <= (SELECT min(snapshot_id) FROM {CATALOGUE_SCHEMA}.ducklake_snapshot)
                  AND NOT EXISTS (SELECT 1 FROM {CATALOGUE_SCHEMA}.ducklake_files_scheduled_for_deletion s
                                  WHERE s.data_file_id < e.file_id)
                RETURNING member_id
            """),
            {"now": now},
        )
        count = len(gone.all())
    if count:
        log.info("erased_gone", members=count)


ERASE = Timer("lake.erase", ERASE_EVERY, erase)
