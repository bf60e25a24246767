"""Lake transactions: whole or not at all, and done again when another process was faster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import duckdb

Cursor = duckdb.DuckDBPyConnection
T = TypeVar("T")

TRIES_MAX = 5
"""Times a piece of work is begun when others change the same files meanwhile."""
SLICE_SECONDS = 10.0
"""About how long one round of maintenance works, so that the worker's other parts never wait for minutes."""


@contextmanager
def transaction(cursor: Cursor) -> Iterator[Cursor]:
    """One lake transaction: readers see all of it or nothing."""
    cursor.execute("BEGIN")
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException:
        _roll_back(cursor)
        raise


def _roll_back(cursor: Cursor) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.TransactionException:
        # a commit that was refused has ended the transaction itself
        return


def with_retry(work: Callable[[], T], tries: int = TRIES_MAX) -> T:
    """Do `work`, a whole lake transaction, again while it is refused because another one changed the same files."""
    for left in range(tries - 1, -1, -1):
        try:
            return work()
        except duckdb.TransactionException:
            if not left:
                raise
    raise AssertionError("tries must be at least 1")
