"""The database: one declarative base, one engine a process, one transaction an edge."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

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
