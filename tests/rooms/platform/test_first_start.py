"""The very first start: one brand and one admin, however many processes start at once."""

import asyncio
from pathlib import Path

from sqlalchemy import text

from siyu.kit.db import Database
from siyu.platform import queries
from siyu.platform.bootstrap import FILE, first_admin

STARTS = 6


async def test_first_starts_at_once_found_one_brand(database_url: str, tmp_path: Path) -> None:
    db = Database(database_url)
    try:
        async with db.transaction() as tx:
            await tx.execute(text("TRUNCATE workspace, account_user CASCADE"))
        passwords = await asyncio.gather(*(first_admin(db, tmp_path) for _ in range(STARTS)))
        made = [password for password in passwords if password is not None]
        assert len(made) == 1
        assert (tmp_path / FILE).read_text() == f"{made[0].email}\n{made[0].password}\n"
        async with db.transaction() as tx:
            assert len(await queries.workspaces(tx)) == 1
    finally:
        await db.close()
