"""The bulk path into the lake: rows that are already in a table's order become its files, slice by slice.

For a first load, an import of history or a synthetic world: the log in Postgres is not written and no subscriber learns of the
rows. Each slice is one file and one lake transaction that also remembers the slice, so that a killed load goes on with the
next slice and never has one twice.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from siyu.facts.lake.connection import CATALOGUE_SCHEMA, QUERIES_AT_ONCE_MAX, Lake
from siyu.facts.lake.layout import TABLES
from siyu.facts.lake.transactions import transaction
from siyu.kit.db import Database
from siyu.kit.errors import Conflict
from siyu.kit.locks import Lock, locked

COMPRESSION = "zstd"
REMEMBERED = "CREATE TABLE IF NOT EXISTS lake.loads (load VARCHAR, slice VARCHAR, rows BIGINT)"


@dataclass(frozen=True)
class Slice:
    """Rows of one table: `select` is SQL that gives some of its columns (the others become null), sorted as SORTED says.

    A file of 64 to 256 MB is right; `name` is unique within its load and must always mean the same rows.
    """

    name: str
    table: str
    select: str


async def loaded(lake: Lake) -> dict[str, dict[str, int]]:
    """{load: {slice: rows}} of everything that came this way."""
    if not await lake.rows("SELECT 1 FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'loads'"):
        return {}
    loads: dict[str, dict[str, int]] = {}
    for load, name, rows in await lake.rows("SELECT load, slice, rows FROM lake.loads"):
        loads.setdefault(load, {})[name] = rows
    return loads


async def load(
    db: Database, lake: Lake, name: str, slices: Sequence[Slice], done: Callable[[int], None] | None = None
) -> int:
    """Load the slices of `name` that the lake does not have yet; returns the rows written now.

    `done` is called with the rows of each slice, at once with those of an earlier run. As many slices are written at the
    same time as the lake takes queries. Raises Conflict when two slices have one name.
    """
    if len({part.name for part in slices}) < len(slices):
        raise Conflict(f"Two slices of {name} have the same name", f"{name} 有两个分片重名")
    progress = done or (lambda rows: None)
    async with locked(db, Lock.LAKE_LOAD):
        await lake.run(lambda cursor: cursor.execute(REMEMBERED))
        known = (await loaded(lake)).get(name, {})
        progress(sum(known.values()))
        left = deque(part for part in slices if part.name not in known)
        writers = [_write_all(lake, name, left, progress) for _ in range(QUERIES_AT_ONCE_MAX)]
        outcomes = await asyncio.gather(*writers, return_exceptions=True)
    written = 0
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        written += outcome
    return written


async def _write_all(lake: Lake, load: str, left: deque[Slice], progress: Callable[[int], None]) -> int:
    """Write slice after slice until none is left; when one fails, no writer begins another."""
    written = 0
    try:
        while left:
            part = left.popleft()
            rows = await lake.run(lambda cursor, part=part: _write(cursor, lake, load, part))  # type: ignore[misc]
            written += rows
            progress(rows)
    except BaseException:
        left.clear()
        raise
    return written


def _write(cursor: duckdb.DuckDBPyConnection, lake: Lake, load: str, part: Slice) -> int:
    """Write a slice's file, then add it to its table and remember the slice in one lake transaction."""
    selected = {row[0] for row in cursor.execute(f"DESCRIBE {part.select}").fetchall()}
    columns = ", ".join(
        f"{f'CAST({name} AS {kind})' if name in selected else f'NULL::{kind}'} AS {name}"
        for name, kind in TABLES[part.table].items()
    )
    # named by what is in it: what a killed run has left half-written is written over, not left behind
    file = f"{_folder(cursor, lake, part.table)}load-{hashlib.sha256(f'{load}/{part.name}'.encode()).hexdigest()[:24]}.parquet"
    rows = cursor.execute(
        f"COPY (SELECT {columns} FROM ({part.select})) TO '{file}' (FORMAT parquet, COMPRESSION {COMPRESSION})"
    ).fetchall()[0][0]
    with transaction(cursor):
        if rows:
            cursor.execute(f"CALL ducklake_add_data_files('lake', '{part.table}', '{file}')")
        cursor.execute("INSERT INTO lake.loads VALUES (?, ?, ?)", [load, part.name, rows])
    return int(rows)


def _folder(cursor: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> str:
    """Where a table's files are, with a slash at the end."""
    path = cursor.execute(
        f"""
        SELECT s.path || t.path FROM __ducklake_metadata_lake.{CATALOGUE_SCHEMA}.ducklake_table t
        JOIN __ducklake_metadata_lake.{CATALOGUE_SCHEMA}.ducklake_schema s USING (schema_id)
        WHERE t.table_name = ? AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL
        """,
        [table],
    ).fetchall()[0][0]
    folder = f"{lake.path.rstrip('/')}/{path}"
    if "://" not in folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return folder
