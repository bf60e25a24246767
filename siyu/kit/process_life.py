"""The life of a process: a lock of the database that it holds while it lives, so that others know at once when it has died.

What a process claims bears the name of its life. A process that is killed leaves its lock within a moment, and what it claimed
is taken over; one that is only slow keeps it. A life that was interrupted (Postgres began again) never goes on: the process
begins another one, so that it cannot write as the one whose claims were taken over."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from siyu.kit.db import Database, Tx
from siyu.kit.ids import lock_number
from siyu.kit.isolation import error_class
from siyu.kit.logs import logger

log = logger("life")

LOOK_SECONDS = 2.0
_MARK = "life:"
_KEEPALIVE = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""A machine that is gone is noticed by Postgres in half a minute; a process that is killed at once."""

_present: str | None = None


def process_name() -> str:
    """What this process puts on its claims: its life, or without one (a command, a test) only where it runs."""
    return _present or f"{socket.gethostname()}:{os.getpid()}"


@asynccontextmanager
async def living(db: Database) -> AsyncIterator[None]:
    """Hold a life for as long as the context lasts; begin another whenever the connection that holds it is lost."""
    global _present
    held = await _begin(db)
    keeper = asyncio.create_task(_keep(db, held))
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        _present = None


async def _begin(db: Database) -> AsyncConnection:
    """A connection that holds a new life."""
    global _present
    number = lock_number()
    held = await db.engine.connect()
    try:
        held = await held.execution_options(isolation_level="AUTOCOMMIT")
        for setting in _KEEPALIVE:
            await held.execute(text(f"SET {setting}"))
        await held.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
    except BaseException:
        await held.invalidate()
        raise
    _present = f"{_MARK}{socket.gethostname()}:{os.getpid()}:{number}"
    return held


async def _keep(db: Database, held: AsyncConnection | None) -> None:
    global _present
    try:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if held is None:
                    held = await _begin(db)
                await held.execute(text("SELECT 1"))
            except Exception as error:
                log.error("life_interrupted", error=error_class(error))
                _present = None
                if held is not None:
                    with contextlib.suppress(Exception):
                        await held.invalidate()
                held = None
    finally:
        if held is not None:
            # closed for good, so that the lock goes with it
            with contextlib.suppress(Exception):
                await held.invalidate()


async def ended(tx: Tx, names: Iterable[str]) -> set[str]:
    """Those of `names` whose life is over. Of a process without a life nobody knows: it is not among them."""
    numbers = {int(name.rpartition(":")[2]): name for name in names if name.startswith(_MARK)}
    if not numbers:
        return set()
    held = await tx.scalars(
        text("""
            SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND granted
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """)
    )
    living_numbers = set(held)
    return {name for number, name in numbers.items() if number not in living_numbers}
