"""Keeping the lake's files few, large, sorted and young: rows in the catalogue become files, small files large ones, files
full of deleted rows are written anew, old snapshots and what only they need goes.

DuckLake 1.0 takes a delete and a compaction of one table that run at once for independent: the delete is lost, or the
whole DuckDB instance is (tried). So both hold the table's lock; appends need none. Its own rewriting of files has broken
down beside commits to other tables: it is called with everybody locked out, and only for files in which nothing is alive.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from siyu.facts.lake.connection import CATALOGUE_SCHEMA, Lake
from siyu.facts.lake.layout import SORTED, TARGET_BYTES
from siyu.facts.lake.transactions import SLICE_SECONDS, Cursor, transaction, with_retry
from siyu.kit.db import Database
from siyu.kit.jobs import Timer
from siyu.kit.locks import Lock, locked
from siyu.kit.logs import logger
from siyu.kit.settings import settings

log = logger("lake")

COMPACT_EVERY = timedelta(minutes=2)
"""A round ends after SLICE_SECONDS or so; what is left waits for the next one."""
RETAIN_EVERY = timedelta(hours=1)

REWRITE_SHARE = 0.1
"""A file of which more than this share is deleted is written anew without it."""
TIERS = (TARGET_BYTES // 16, TARGET_BYTES // 2)
"""Files below a tier are merged with one another when there are MERGE_FILES_MIN: a large file is not written anew for each
small one that comes."""
MERGE_FILES_MIN = 8

GROUPS = (
    (Lock.LAKE_FACTS, ("facts",)),
    (Lock.LAKE_PROFILES, ("profiles", "tags", "attributes", "merges")),
)
"""What is compacted under which lock. The relay's cursor stays a row of the catalogue."""
_META = f"__ducklake_metadata_lake.{CATALOGUE_SCHEMA}"


@dataclass(frozen=True)
class File:
    """A file of a table's present: `deleted` of its `rows` are hidden by a delete file."""

    path: str
    bytes: int
    rows: int
    deleted: int


def rewrite_file(cursor: Cursor, table: str, file: File) -> None:
    """Write one file of a table anew without its deleted rows, in one lake transaction.

    The caller holds the table's lock and has flushed it. DuckLake's own rewriting takes every file above a share of
    deleted rows in one go, which can be minutes.
    """

    def work() -> None:
        with transaction(cursor):
            kept = f"SELECT * FROM lake.{table} WHERE filename = $1 ORDER BY {SORTED[table]}"
            cursor.execute(f"INSERT INTO lake.{table} {kept}", [file.path])
            cursor.execute(f"DELETE FROM lake.{table} WHERE filename = $1", [file.path])

    if file.rows > file.deleted:
        with_retry(work)


def drop_dead(cursor: Cursor) -> None:
    """Take out files in which nothing is alive: rows that were written and deleted before they became a file. All locks are held."""
    for table in SORTED:
        if any(file.rows == file.deleted for file in files(cursor, table)):
            cursor.execute(f"CALL ducklake_rewrite_data_files('lake', '{table}', delete_threshold => 1.0)")


def files(cursor: Cursor, table: str) -> list[File]:
    """The files of a table's present. Deletes that are still rows of the catalogue are not counted."""
    rows = cursor.execute(f"""
        SELECT l.data_file, d.file_size_bytes, d.record_count, coalesce(x.delete_count, 0)
        FROM ducklake_list_files('lake', '{table}') l
        JOIN {_META}.ducklake_data_file d ON d.end_snapshot IS NULL AND suffix(l.data_file, d.path)
        LEFT JOIN {_META}.ducklake_delete_file x ON x.data_file_id = d.data_file_id AND x.end_snapshot IS NULL
    """).fetchall()
    return [File(*row) for row in rows]


def compact_table(cursor: Cursor, table: str, ends: float) -> bool:
    """Compact one table until `ends` (monotonic seconds); returns whether nothing is left. The caller holds its lock."""
    with_retry(lambda: cursor.execute(f"CALL ducklake_flush_inlined_data('lake', table_name => '{table}')"))
    for file in _worn(files(cursor, table)):
        if time.monotonic() > ends:
            return False
        rewrite_file(cursor, table, file)
    return _merge(cursor, table, ends)


def _worn(known: Sequence[File]) -> list[File]:
    """Files to be written anew: those of which much is deleted, and small ones with any deletes once they are many, as
    files with deletes cannot be merged."""
    alive = [file for file in known if file.rows > file.deleted > 0]
    small = [file for file in alive if file.bytes < TIERS[0]]
    return [
        file
        for file in alive
        if file.deleted > file.rows * REWRITE_SHARE or (len(small) >= MERGE_FILES_MIN and file.bytes < TIERS[0])
    ]


def _merge(cursor: Cursor, table: str, ends: float) -> bool:
    for tier in TIERS:
        while sum(file.bytes < tier and not file.deleted for file in files(cursor, table)) >= MERGE_FILES_MIN:
            if time.monotonic() > ends:
                return False
            merged = with_retry(
                lambda: cursor.execute(
                    f"CALL ducklake_merge_adjacent_files('lake', '{table}', max_compacted_files => 1, max_file_size => {tier})"  # noqa: B023
                ).fetchall()
            )
            if not merged:
                break
    return True


def merge_files(cursor: Cursor) -> None:
    """Compact everything, however long it takes, and merge all that is smaller than a whole file. Nobody else may write."""
    for table in SORTED:
        compact_table(cursor, table, time.monotonic() + timedelta(days=1).total_seconds())
    drop_dead(cursor)
    cursor.execute("CALL ducklake_merge_adjacent_files('lake')")


def expire(cursor: Cursor, snapshots_before: datetime, files_before: datetime) -> int:
    """Forget snapshots made before one moment and delete files that nobody has needed since the other; returns how many.

    The youngest snapshot always stays.
    """
    cursor.execute(f"CALL ducklake_expire_snapshots('lake', older_than => {_at(snapshots_before)})")
    deleted = cursor.execute(f"CALL ducklake_cleanup_old_files('lake', older_than => {_at(files_before)})").fetchall()
    return len(deleted)


def _at(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.astimezone(UTC).isoformat()}'"


@asynccontextmanager
async def all_locked(db: Database) -> AsyncIterator[bool]:
    """Hold every lock, so that nobody writes the lake; says whether all were free."""
    async with (
        locked(db, Lock.RELAY, wait=False) as relay,
        locked(db, Lock.LAKE_FACTS, wait=False) as facts,
        locked(db, Lock.LAKE_PROFILES, wait=False) as profiles,
    ):
        yield relay and facts and profiles


async def compact(db: Database, lake: Lake, _now: datetime) -> None:
    """The timer's round: each group of tables for its part of the slice; one that somebody else writes waits for the next."""
    for lock, tables in GROUPS:
        async with locked(db, lock, wait=False) as held:
            if held:
                ends = time.monotonic() + SLICE_SECONDS / len(GROUPS)
                await lake.run(lambda cursor, t=tables, e=ends: [compact_table(cursor, table, e) for table in t])  # type: ignore[misc]


async def retain(db: Database, lake: Lake, _now: datetime) -> None:
    """The timer's round of `expire`. Snapshots carry the machine's time, so that is what they are compared with."""
    async with all_locked(db) as held:
        if held:
            await lake.run(drop_dead)
            await _forget_rows(db)
    rows = await lake.rows("SELECT now()")
    snapshots, old = rows[0][0] - snapshots_kept(), rows[0][0] - files_kept()
    gone = await lake.run(lambda cursor: expire(cursor, snapshots, old))
    if gone:
        log.info("lake_files_deleted", files=gone)


def period() -> timedelta:
    """Within which an erased member has to be gone from every file. Its fourteenths: one until files are written anew, ten
    until the last snapshot that has the old ones is forgotten, two until those are deleted, one to spare."""
    return timedelta(days=settings().erased_days)


def snapshots_kept() -> timedelta:
    """How long the lake can be asked about its own past."""
    return period() * 10 / 14


def files_kept() -> timedelta:
    """How long a file that nobody needs any more stays for questions that began before: a day, at the least three hours and
    so longer than QUESTION_MAX, the longest that a question may take."""
    return period() * 2 / 14


async def _forget_rows(db: Database) -> None:
    """Delete rows of the catalogue that ended before the oldest snapshot: DuckLake only ever ends them."""
    async with db.transaction() as tx:
        names = await tx.scalars(text(f"SELECT table_name FROM {CATALOGUE_SCHEMA}.ducklake_inlined_data_tables"))
        for name in names.all():
            await tx.execute(
                text(f"""
                    DELETE FROM {CATALOGUE_SCHEMA}.{name}
                    WHERE end_snapshot <= (SELECT min(snapshot_id) FROM {CATALOGUE_SCHEMA}.ducklake_snapshot)
                """)
            )


COMPACT = Timer("lake.compact", COMPACT_EVERY, compact)
RETAIN = Timer("lake.retain", RETAIN_EVERY, retain)
