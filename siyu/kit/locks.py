"""Advisory locks of the lake: who changes which tables, one process at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from siyu.kit.db import Database

RELAY_LOCK = 7_301_002
"""One relay at a time, and nobody else at its cursor."""
FACTS_LOCK = 7_301_003
"""Deleting facts from the lake, or compacting them. The relay only appends and does not need it."""
PROFILES_LOCK = 7_301_004
"""Writing profiles, tags, attributes and merges, or compacting them."""


@asynccontextmanager
async def locked(db: Database, key: int, *, wait: bool = True) -> AsyncIterator[bool]:
    """Hold an advisory lock; without `wait` says whether it was free. It goes with the session of a process that dies."""
    async with db.engine.connect() as guard:
        if wait:
            await guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
        elif not (await guard.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})).scalar_one():
            yield False
            return
        try:
            yield True
        finally:
            await guard.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
