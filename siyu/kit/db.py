"""The database: one declarative base, one engine a process, one transaction an edge."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
from psycopg import AsyncConnection
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
POOL_CONNECTIONS_MAX = 16
COPY_LINES_AT_ONCE = 5_000
COPY_ROWS_AT_ONCE = 500_000
"""Rows that are turned into bytes for COPY at a time."""


class Base(DeclarativeBase):
    """The base of every row. Personal columns carry `info={"personal": "<how it is erased>"}`."""

    metadata = MetaData(naming_convention=CONVENTION)


Tx = AsyncSession
"""A transaction in progress. Only the edge that opened it commits."""


class Database:
    """One engine; `transaction()` is the only way in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=POOL_CONNECTIONS_MAX,
            max_overflow=POOL_CONNECTIONS_MAX,
            # what a statement was given are phones and passwords: no error may quote them
            hide_parameters=True,
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Commit on success, roll back on any exception."""
        async with self._sessions() as tx, tx.begin():
            yield tx

    async def close(self) -> None:
        await self.engine.dispose()


async def raw(tx: Tx) -> "AsyncConnection[Any]":
    """The psycopg connection under `tx`, for COPY."""
    fairy = await (await tx.connection()).get_raw_connection()
    connection = fairy.driver_connection
    assert connection is not None
    return connection  # type: ignore[no-any-return]


async def copy_rows(tx: Tx, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY `rows` into `table` inside `tx`; names come from our code, never from a request. Returns the row count."""
    await tx.flush()
    connection = await raw(tx)
    count = 0
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)
            count += 1
    return count


def copied(value: str | datetime | None) -> str:
    """A value as COPY's text format has it, for `copy_text`."""
    if value is None:
        return "\\N"
    if not isinstance(value, str):
        return value.isoformat()
    if "\\" not in value and value.isprintable():
        return value
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


async def copy_text(tx: Tx, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY `lines` (values with tabs between, a line break at the end) into `table` inside `tx`: the fastest way for text."""
    await tx.flush()
    connection = await raw(tx)
    every = iter(lines)
    async with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        while part := list(islice(every, COPY_LINES_AT_ONCE)):
            await copy.write("".join(part))


# --- many numbers: numpy arrays as Postgres' binary COPY has them, with no Python value a row

Arrays = Mapping[str, "np.ndarray[Any, Any]"]
"""Columns of equal length: int64 (bigint), int32 (int), int16 (smallint) or bool."""

_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL = b"\xff\xff"


def _tuples(columns: Sequence[str], types: Sequence[str]) -> "np.dtype[Any]":
    """One row of the format: the number of fields, then the length and the value of each."""
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in zip(columns, types, strict=True):
        fields += [(f"length_{name}", ">i4"), (name, kind)]
    return np.dtype(fields)


def _written(value: "np.ndarray[Any, Any]") -> str:
    return "u1" if value.dtype == np.bool_ else f">i{value.dtype.itemsize}"


async def copy_arrays(tx: Tx, table: str, columns: Arrays) -> int:
    """COPY arrays without nulls into `table` inside `tx`; names come from our code. Returns the row count."""
    await tx.flush()
    connection = await raw(tx)
    shape = _tuples(list(columns), [_written(value) for value in columns.values()])
    count = len(next(iter(columns.values())))
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(_HEAD)
        for low in range(0, count, COPY_ROWS_AT_ONCE):
            high = min(count, low + COPY_ROWS_AT_ONCE)
            rows = np.empty(high - low, dtype=shape)
            rows["fields"] = len(columns)
            for name, value in columns.items():
                rows[f"length_{name}"] = shape[name].itemsize
                rows[name] = value[low:high]
            await copy.write(rows.tobytes())
        await copy.write(_TAIL)
    return count


async def read_arrays(tx: Tx, select: str, columns: Mapping[str, str]) -> "dict[str, np.ndarray[Any, Any]]":
    """The answer of `select` (our own SQL, no nulls) as arrays; `columns` gives each one's type: i8, i4 or i2."""
    connection = await raw(tx)
    shape = _tuples(list(columns), [f">{kind}" for kind in columns.values()])
    received = bytearray()
    async with connection.cursor() as cursor, cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT BINARY)") as copy:
        async for part in copy:
            received += part
    rows = np.frombuffer(
        received, dtype=shape, count=(len(received) - len(_HEAD) - len(_TAIL)) // shape.itemsize, offset=len(_HEAD)
    )
    return {name: rows[name].astype(f"={kind}") for name, kind in columns.items()}
