"""kill -9 anywhere in recording and relaying: nothing is lost, nothing is doubled."""

import asyncio
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import text

from siyu.facts.lake import consistency, relay
from tests.crash import child
from tests.world import Shop

CHILD = textwrap.dedent("""
    import asyncio, os, signal, sys
    from siyu.facts.lake import relay
    from siyu.facts.log.actions import Entry, record
    from siyu.facts.catalogue.commerce import OrderPaid
    from siyu.facts.lake.connection import Lake
    from siyu.kit import clock
    from siyu.kit.db import Database

    url, path, where = sys.argv[1:4]

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    class Killed:
        '''A lake cursor that dies before or after the statement that begins with `where`.'''
        def __init__(self, cursor): self.cursor = cursor
        def execute(self, sql, *args):
            first = sql.split()[0]
            if where == 'before ' + first: die()
            answer = self.cursor.execute(sql, *args)
            if where == 'after ' + first: die()
            return answer
        def __getattr__(self, name): return getattr(self.cursor, name)

    async def main():
        db, lake = Database(url), Lake(url, path, '1GB', 2)
        lake.open()
        now = clock.now()
        def entries(start):
            return [Entry(1, OrderPaid(order=f'o{start + n}', amount=1, lines=1, source='t'), now, 1) for n in range(5000)]
        async with db.transaction() as tx:
            await record(tx, entries(0), now)
        async with db.transaction() as tx:
            await record(tx, entries(5000), now)
            if where == 'while recording': die()
        plain = relay.append
        relay.append = lambda cursor, a, b, **how: plain(Killed(cursor), a, b, **how)
        await relay.relay(db, lake)
        die()

    asyncio.run(main())
""")


@pytest.mark.parametrize(
    "where",
    [
        "while recording",
        "before BEGIN",
        "after INSERT",
        "before UPDATE",
        "after UPDATE",
        "before COMMIT",
        "after COMMIT",
        "at the end",
    ],
)
async def test_killed_while_recording_or_relaying(shop: Shop, database_url: str, tmp_path: Path, where: str) -> None:
    child.killed(CHILD, database_url, tmp_path / "lake", where)
    async with shop.db.transaction() as tx:
        recorded = await tx.scalar(text("SELECT count(*) FROM fact WHERE name = 'order_paid'"))
    assert recorded == (5000 if where == "while recording" else 10_000)
    await _until_relayed(shop, int(recorded))
    rows = await shop.lake.rows("SELECT count(*), count(DISTINCT id) FROM lake.facts WHERE name = 'order_paid'")
    assert rows[0] == (recorded, recorded)
    assert (await consistency.verify(shop.db, shop.lake)).clean


async def _until_relayed(shop: Shop, expected: int) -> None:
    """The dead process's database sessions end when the server notices; its advisory lock goes with them."""
    for _ in range(100):
        await relay.relay(shop.db, shop.lake)
        rows = await shop.lake.rows("SELECT count(*) FROM lake.facts WHERE name = 'order_paid'")
        if rows[0][0] >= expected:
            return
        await asyncio.sleep(0.05)
