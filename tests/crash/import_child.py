"""The process that is killed: runs one import with short chunks and says how far it is."""

import asyncio
import sys

from siyu.imports.files import chunks
from siyu.imports.runs import jobs
from siyu.kit import crypto
from siyu.kit.db import Database
from tests.world import NOON

CHUNK_ROWS = 200


async def main(url: str, import_id: int) -> None:
    crypto.configure(b"k" * 32)
    chunks.CHUNK_ROWS = CHUNK_ROWS
    db = Database(url)
    sys.stdout.write("0\n")
    sys.stdout.flush()

    def on_progress(done: int, _total: int) -> None:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()

    await jobs.run_import(db, import_id, NOON, on_progress)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
