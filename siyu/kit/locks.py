"""Advisory locks of the database: what only one process does at a time. Every number there is stands here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum, unique

from sqlalchemy import text

from siyu.kit.db import Database, Tx
from siyu.kit.ids import stable_hash


@unique
class Lock(IntEnum):
    """A lock's number in Postgres. A number is never given to something else: processes of two versions may run side by side."""

    LAKE_OPEN = 7_301_001
    """Two processes must not create the lake's tables at once."""
    MIGRATE = 7_301_010
    """One process at a time brings the database to its version."""
    RELAY = 7_301_002
    """One relay at a time, and nobody else at its cursor."""
    LAKE_FACTS = 7_301_003
    """Deleting facts from the lake, or compacting them. The relay only appends and does not need it."""
    LAKE_PROFILES = 7_301_004
    """Writing profiles, tags, attributes and merges, or compacting them."""
    ORIGIN = 7_301_011
    """One start at a time looks whether the database has moved."""
    FIRST_ADMIN = 7_301_012
    """One process founds the first brand."""
    USES = 7_301_014
    """Deleting what others of a brand may refer to, against those who are stating that they do."""
    WORKSPACES = 7_301_013
    """One process at a time founds a brand, so that their limit holds."""
    NEW_TAGS = 7_301_021
    """One import at a time makes the tags that a brand lacks."""
    LAKE_LOAD = 7_301_009
    """One bulk load at a time, since two of one name would both write what neither remembers yet."""


def timer_lock(name: str) -> int:
    """The lock of a timer: one process at a time runs it. A hash, far above the numbers of Lock."""
    return stable_hash("timer", name) >> 1


@asynccontextmanager
async def locked(db: Database, lock: int, *, wait: bool = True) -> AsyncIterator[bool]:
    """Hold a lock; without `wait` says whether it was free. It goes with the session of a process that dies."""
    key = {"key": int(lock)}
    async with db.engine.connect() as guard:
        if wait:
            await guard.execute(text("SELECT pg_advisory_lock(:key)"), key)
        elif not (await guard.execute(text("SELECT pg_try_advisory_lock(:key)"), key)).scalar_one():
            yield False
            return
        try:
            yield True
        finally:
            await guard.execute(text("SELECT pg_advisory_unlock(:key)"), key)


async def lock_until_commit(tx: Tx, lock: int) -> None:
    """Wait for a lock and hold it until `tx` ends."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(lock)})


async def lock_brand_until_commit(tx: Tx, lock: Lock, workspace_id: int, *, shared: bool = False) -> None:
    """As `lock_until_commit`, for one brand; those who hold it `shared` do not wait for each other."""
    call = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    key = {"lock": int(lock), "workspace_id": workspace_id}
    await tx.execute(text(f"SELECT {call}(CAST(:lock AS int), CAST(:workspace_id AS int))"), key)
