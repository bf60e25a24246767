"""The process that is killed: runs one import with short chunks and says how far it is."""

import asyncio
from multiprocessing.connection import Connection

from siyu.imports.files import chunks
from siyu.imports.runs import jobs
from siyu.kit import crypto
from siyu.kit.db import Database
from tests.world import NOON

CHUNK_ROWS = 200


async def _run(url: str, import_id: int, progress: Connection) -> None:
    crypto.configure(b"k" * 32)
    chunks.CHUNK_ROWS = CHUNK_ROWS
    db = Database(url)
    progress.send(0)
    await jobs.run_import(db, import_id, NOON, lambda done, _total: progress.send(done))
    await db.close()


def run(url: str, import_id: int, progress: Connection) -> None:
    """Run the import in the database at `url`, as a process of its own; rows done go to `progress`."""
    asyncio.run(_run(url, import_id, progress))
