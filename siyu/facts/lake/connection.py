"""The lake: DuckLake tables as Parquet files, their catalogue in the same Postgres. The one door to DuckDB."""

import asyncio
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from siyu.facts.lake import migration
from siyu.kit.locks import Lock

T = TypeVar("T")

CATALOGUE_SCHEMA = "lake"
QUERIES_AT_ONCE_MAX = 2
LONG_AT_ONCE_MAX = 1
"""Questions that may take long leave room for the others."""
QUESTION_MAX = timedelta(hours=2)
"""The longest that one piece of work may take: files it may need are kept for longer (siyu.facts.lake.compaction.files_kept)."""
COMMIT_TRIES_MAX = 100
"""Tries of one commit while others commit too; DuckLake's own 10 are used up by two eager writers."""


def extension(name: str) -> Path:
    """The signed extension file inside the wheel `duckdb-extension-<name>`."""
    spec = find_spec(f"duckdb_extension_{name}")
    assert spec is not None and spec.origin is not None, f"duckdb-extension-{name} is not installed"
    return next(Path(spec.origin).parent.rglob("*.duckdb_extension"))


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True)
class Store:
    """An s3-compatible store; `endpoint` is host:port, None for AWS."""

    key_id: str
    secret_key: str
    region: str
    endpoint: str | None
    ssl: bool

    def secret(self) -> str:
        """The statement that lets DuckDB in."""
        options = [
            "TYPE s3",
            f"KEY_ID {_literal(self.key_id)}",
            f"SECRET {_literal(self.secret_key)}",
            f"REGION {_literal(self.region)}",
            f"USE_SSL {str(self.ssl).lower()}",
        ]
        if self.endpoint is not None:
            options += [f"ENDPOINT {_literal(self.endpoint)}", "URL_STYLE 'path'"]
        return f"CREATE OR REPLACE SECRET siyu_lake ({', '.join(options)})"


class QueryProgress:
    """How far a long question has come: waiting for its turn, running, done."""

    def __init__(self) -> None:
        self.running = False
        self.cursor: duckdb.DuckDBPyConnection | None = None

    @property
    def share(self) -> float | None:
        """What is done of it, 0 to 1, as far as DuckDB can tell."""
        done = -1.0 if self.cursor is None else self.cursor.query_progress()
        return None if done < 0 else min(done / 100, 1.0)


class Lake:
    """One DuckDB instance a process; every query runs on a cursor of its own in a thread."""

    def __init__(self, database_url: str, path: str, memory: str, threads: int, store: Store | None = None) -> None:
        self.path = path
        self._store = store
        self._database_url = database_url
        self._memory = memory
        self._threads = threads
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._opening = threading.Lock()
        self._slots = asyncio.Semaphore(QUERIES_AT_ONCE_MAX)
        self._long = asyncio.Semaphore(LONG_AT_ONCE_MAX)

    def open(self) -> None:
        """Load the extensions, attach lake and log, make what is missing."""
        if "://" not in self.path:
            Path(self.path).mkdir(parents=True, exist_ok=True)
        # a folder of its own: two processes that spill into one would overwrite each other
        spill = str(Path(tempfile.gettempdir()) / f"siyu-lake-{os.getpid()}-{id(self)}")
        options: dict[str, Any] = {"memory_limit": self._memory, "threads": str(self._threads), "temp_directory": spill}
        connection = duckdb.connect(config=options)
        for name in ("postgres_scanner", "ducklake"):
            connection.execute(f"LOAD {_literal(str(extension(name)))}")
        if "://" in self.path:
            connection.execute(f"LOAD {_literal(str(extension('httpfs')))}")
            if self._store is not None:
                connection.execute(self._store.secret())
        connection.execute("SET TimeZone = 'UTC'")
        # A file of which a part has no value makes DuckLake 1.0 forget the table's range, and take the next file's for it: a
        # question believing that answers nobody
        connection.execute("SET GLOBAL disabled_optimizers = 'statistics_propagation'")
        connection.execute(f"SET ducklake_max_retry_count = {COMMIT_TRIES_MAX}")
        conninfo = make_conninfo("", **conninfo_to_dict(self._database_url))
        with psycopg.connect(self._database_url, autocommit=True) as guard:
            guard.execute("SELECT pg_advisory_lock(%s)", (int(Lock.LAKE_OPEN),))
            connection.execute(
                f"ATTACH {_literal('ducklake:postgres:' + conninfo)} AS lake "
                f"(DATA_PATH {_literal(self.path)}, METADATA_SCHEMA {_literal(CATALOGUE_SCHEMA)}, OVERRIDE_DATA_PATH true)"
            )
            self._make(connection)
        connection.execute(f"ATTACH {_literal(conninfo)} AS pg (TYPE postgres, READ_ONLY)")
        self._connection = connection

    @staticmethod
    def _make(connection: duckdb.DuckDBPyConnection) -> None:
        """Make what is missing and bring an older lake to today's layout, all in one lake transaction."""
        connection.execute("BEGIN")
        try:
            migration.migrate(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def reopen(self) -> None:
        """A new instance in the place of this one, whose connections to Postgres are gone."""
        self._reopen(self._connection)

    def _reopen(self, broken: duckdb.DuckDBPyConnection | None) -> None:
        """A new instance in the place of `broken`, unless another question has put one there already."""
        with self._opening:
            if self._connection is broken:
                self.open()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same instance; close it."""
        assert self._connection is not None, "open the lake first"
        return self._connection.cursor()

    async def run(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Run `work` on a cursor in a thread; cancelling the caller interrupts the query."""
        async with self._slots:
            instance = self._connection
            cursor = self.cursor()
            task = asyncio.create_task(asyncio.to_thread(work, cursor))
            try:
                async with asyncio.timeout(QUESTION_MAX.total_seconds()):
                    return await asyncio.shield(task)
            except TimeoutError:
                cursor.interrupt()
                raise
            except (duckdb.FatalException, duckdb.InternalException):
                # DuckDB gives the whole instance up then; without a new one no question would ever be answered again
                await asyncio.to_thread(self._reopen, instance)
                raise
            except asyncio.CancelledError:
                cursor.interrupt()
                raise
            finally:
                await asyncio.wait([task])
                cursor.close()

    async def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one query."""
        return await self.run(lambda cursor: cursor.execute(sql, list(params)).fetchall())

    async def rows_with_progress(
        self, progress: QueryProgress, sql: str, params: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows of one query that may take long, in its turn; `progress` tells how far it is. Cancelling interrupts it."""

        def work(cursor: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
            cursor.execute("SET enable_progress_bar = true")
            cursor.execute("SET enable_progress_bar_print = false")
            progress.running, progress.cursor = True, cursor
            try:
                return cursor.execute(sql, list(params)).fetchall()
            finally:
                progress.cursor = None

        async with self._long:
            return await self.run(work)

    async def columns(self, sql: str, params: Sequence[Any] = ()) -> dict[str, Any]:
        """The answer as numpy arrays by column: for many rows, where a Python value each would cost more than the query."""
        return await self.run(lambda cursor: cursor.execute(sql, list(params)).fetchnumpy())
