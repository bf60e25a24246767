"""kill -9 at every step of keeping saved audiences true: nobody is missed, nobody enters or leaves twice."""

import asyncio
import textwrap
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from siyu.audience import queries
from siyu.audience.refresh import jobs
from siyu.audience.saved import actions as saved
from siyu.audience.saved import queries as saved_queries
from siyu.kit import clock
from siyu.worker.poll import Poller, Registry
from tests.crash import child
from tests.rooms.audience.test_living import told_by_facts
from tests.world import NOON, Shop

MEMBERS = 60
BUYERS = {"did": {"fact": "order_paid", "within": "3d"}}
TREES = {"buyers": BUYERS, "others": {"not": BUYERS}, "top": {"top": {"n": 5, "by": {"fact": "order_paid"}}}}
POINTS = [
    "WITH seen",
    "relayed",
    "found",
    "CREATE TEMP TABLE candidate",
    "CREATE TEMP TABLE moved",
    "INSERT INTO fact",
    "INSERT INTO audience_member",
    "DELETE FROM audience_member",
    "INSERT INTO audience_size",
    "settled",
    "settled settled",
    "at the end",
]
CHILD = textwrap.dedent("""
    import asyncio, os, signal, sys
    from datetime import datetime
    from sqlalchemy import event
    from siyu.audience.refresh import actions
    from siyu.audience.refresh import jobs
    from siyu.audience.refresh import queries as refresh_queries
    from siyu.facts.lake.connection import Lake
    from siyu.kit import crypto
    from siyu.kit.db import Database
    from siyu.worker.poll import Poller, Registry

    url, path, now, where = sys.argv[1:5]
    crypto.configure(b"k" * 32)

    def dies(reached):
        if reached == where:
            os.kill(os.getpid(), signal.SIGKILL)

    def then(module, name, reached):
        plain, times = getattr(module, name), []
        async def done(*given):
            answer = await plain(*given)
            times.append(reached)
            dies(" ".join(times))
            return answer
        setattr(module, name, done)

    async def main():
        db, lake = Database(url), Lake(url, path, "1GB", 2)
        lake.open()

        @event.listens_for(db.engine.sync_engine, "after_cursor_execute")
        def statement(connection, cursor, sql, *rest):
            if where in sql:
                dies(where)

        then(jobs, "catch_up", "relayed")
        then(refresh_queries, "find_candidates", "found")
        # settled, and not committed yet: the transaction ends after it; the second time the first is
        then(actions, "apply_changes", "settled")
        rounds = Poller(Registry(jobs.SUBSCRIBERS, (), jobs.TIMERS), db, lake, strict=True)
        await rounds.poll(datetime.fromisoformat(now))
        dies("at the end")

    asyncio.run(main())
""")


async def test_kill_9_at_every_step_of_a_refresh(shop: Shop, tmp_path: Path) -> None:
    ids = await shop.members(MEMBERS)
    audiences = {}
    async with shop.db.transaction() as tx:
        for name, tree in TREES.items():
            audiences[name] = (await saved.save(tx, shop.caller, name=name, label=name, tree=tree, now=NOON)).id
    rounds = Poller(Registry(jobs.SUBSCRIBERS, (), jobs.TIMERS), shop.db, shop.lake, strict=True)
    await rounds.run_until_idle(NOON)
    for n, where in enumerate(POINTS):
        # a third buys, and whoever bought four rounds ago leaves because time passes
        clock.advance(timedelta(days=1))
        at = clock.now() - timedelta(hours=1)
        await shop.paid(*((member, at) for member in ids[n % 3 :: 3]), amount=100 * n)
        moment = clock.now().isoformat()
        await asyncio.to_thread(child.killed, CHILD, shop.db.url, tmp_path / "lake", moment, where)
        await rounds.run_until_idle(clock.now())
        await _right(shop, audiences, clock.now(), where)


async def _right(shop: Shop, audiences: dict[str, int], now: datetime, where: str) -> None:
    async with shop.db.transaction() as tx:
        for name, audience_id in audiences.items():
            expected = set(await queries.member_ids(tx, shop.lake, shop.workspace_id, TREES[name], now))
            held = await tx.scalars(
                text("SELECT member_id FROM audience_member WHERE audience_id = :id"), {"id": audience_id}
            )
            row = await saved_queries.audience(tx, shop.workspace_id, audience_id)
            await tx.refresh(row)
            assert set(held) == expected, f"{name}, killed at {where}"
            assert await told_by_facts(tx, name) == expected, f"{name}, killed at {where}"
            assert (row.size, row.refreshed_at, row.since_txid) == (len(expected), now, None), f"{name} at {where}"
