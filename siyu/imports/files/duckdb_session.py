"""A DuckDB of one's own, in memory, that can touch one folder and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MEMORY = "1GB"
THREADS = 2


def literal(value: str) -> str:
    """A SQL string."""
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def session(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads and writes inside `folder` only, loads no extensions, and is gone afterwards."""
    connection = duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "threads": str(THREADS),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    try:
        place = str(folder.resolve())
        connection.execute(f"SET temp_directory = {literal(place + '/spill')}")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET allowed_directories = [{literal(place + '/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()
