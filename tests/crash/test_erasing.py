"""kill -9 anywhere in erasing a member from the lake: done again it comes to the same end, and nothing else is touched."""

import textwrap
from datetime import timedelta

import pytest
from sqlalchemy import text

from siyu.contacts.members import actions as contacts
from siyu.facts.lake import consistency, erasure
from siyu.facts.lake.compaction import File
from siyu.facts.lake.transactions import Cursor
from tests.crash import child
from tests.world import NOON, Shop, order_paid

CHILD = textwrap.dedent("""
    import asyncio, os, signal, sys
    from datetime import datetime
    from siyu.facts.lake import erasure, transactions
    from siyu.facts.lake.connection import Lake
    from siyu.kit.db import Database

    url, path, where, now = sys.argv[1:5]

    def die(*args, **more):
        os.kill(os.getpid(), signal.SIGKILL)

    def then_die(work):
        def both(*args, **more):
            work(*args, **more)
            die()
        return both

    class Killed:
        '''A lake cursor that dies before the commit.'''
        def __init__(self, cursor): self.cursor = cursor
        def execute(self, sql, *args):
            if sql == 'COMMIT': die()
            return self.cursor.execute(sql, *args)
        def __getattr__(self, name): return getattr(self.cursor, name)

    plain = erasure.redact
    if where == 'before the lake commits':
        erasure.redact = lambda cursor, ids: plain(Killed(cursor), ids)
    elif where == 'after the lake committed':
        erasure.redact = then_die(plain)
    elif where == 'before the mark':
        erasure._move = die
    elif where == 'between two files':
        erasure.rewrite_file = then_die(erasure.rewrite_file)
    elif where == 'before the bounds':
        erasure._forget_bounds = die

    async def main():
        db, lake = Database(url), Lake(url, path, '1GB', 2)
        lake.open()
        await erasure.erase(db, lake, datetime.fromisoformat(now))
        die()

    asyncio.run(main())
""")


async def lived(shop: Shop) -> tuple[int, int]:
    """Two members with twenty orders each in several files of the lake, the first one erased."""
    first, second = await shop.members(2, name="林")
    for part in range(2):
        await shop.happen(
            *(
                (member, NOON, order_paid(n, order=f"{member}-{part}-{n}"))
                for member in (first, second)
                for n in range(10)
            )
        )
        await shop.catch_up()
    async with shop.db.transaction() as tx:
        await contacts.erase(tx, shop.workspace_id, first, actor="user:1", now=NOON)
    await shop.catch_up()
    return first, second


def holding(cursor: Cursor, member: int) -> list[File]:
    erasure.choose(cursor, [member])
    return erasure.holding(cursor, "facts")


@pytest.mark.parametrize(
    ("where", "later"),
    [
        ("before the lake commits", False),
        ("after the lake committed", False),
        ("before the mark", False),
        ("between two files", True),
        ("before the bounds", True),
        ("at the end", True),
    ],
)
async def test_killed_while_erasing(shop: Shop, database_url: str, where: str, later: bool) -> None:
    first, second = await lived(shop)
    sums = "SELECT count(*), sum(amount), count(DISTINCT id) FROM lake.facts WHERE name = 'order_paid'"
    before = await shop.lake.rows(sums)
    now = NOON
    if later:
        await erasure.erase(shop.db, shop.lake, NOON)
        now += timedelta(days=1)
    child.killed(CHILD, database_url, shop.lake.path, where, now.isoformat())
    async with shop.db.transaction() as tx:
        # the server notices a dead session when it writes to it; its locks go with it
        await tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
        )
    for moment in (now, now + timedelta(days=1), now + timedelta(days=2)):
        await erasure.erase(shop.db, shop.lake, moment)
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT state FROM erasure")) == "rewritten"
    assert await shop.lake.rows(sums) == before, "what was sold stays, once"
    assert await shop.lake.rows("SELECT count(*) FROM lake.facts WHERE member_id = $1", [first]) == [(0,)]
    assert await shop.lake.rows(
        "SELECT count(*) FROM lake.facts WHERE member_id = $1 AND name = 'order_paid'", [second]
    ) == [(20,)]
    assert await shop.lake.rows("SELECT member_id FROM lake.profiles") == [(second,)]
    assert await shop.lake.run(lambda cursor: holding(cursor, first)) == []
    assert (await consistency.verify(shop.db, shop.lake)).clean
