"""kill -9 at every kind of statement of a tick: no step is lost, none is taken twice."""

import asyncio
import textwrap
from datetime import timedelta

from siyu.facts.log.subscribers import consume_new
from siyu.journeys import jobs
from siyu.journeys.steps.step import References
from tests.crash import child
from tests.rooms.journeys.world import enrol, furnish, graph, live, places, rows, send, tag, wait
from tests.world import NOON, Shop

BATCH = 20
MEMBERS = 300
POINTS = {
    NOON: ["SKIP LOCKED", "INSERT INTO member_tag", "INSERT INTO message", "INSERT INTO step_count", "commit"],
    NOON + timedelta(hours=1): ["INSERT INTO fact", "UPDATE enrolment", "committed"],
}
CHILD = textwrap.dedent("""
    import asyncio, os, signal, sys
    from datetime import datetime
    from sqlalchemy import event
    from siyu.journeys.enrolments.actions.tick import move_batch
    from siyu.kit import crypto
    from siyu.kit.db import Database

    url, journey, now, where, batch = sys.argv[1:6]
    crypto.configure(b"k" * 32)
    batches = 0

    def die(reached):
        # the first batch of each child goes through: what dies is always the middle of the work
        if reached == where and batches == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        global batches
        db, lake = Database(url), None  # nothing here asks the lake

        @event.listens_for(db.engine.sync_engine, "after_cursor_execute")
        def statement(connection, cursor, sql, *rest):
            if where in sql:
                die(where)

        @event.listens_for(db.engine.sync_engine, "commit")
        def commit(connection):
            die("commit")

        while True:
            async with db.transaction() as tx:
                ticked = await move_batch(tx, lake, int(journey), datetime.fromisoformat(now), int(batch))
            die("committed")
            batches += 1
            if ticked.claimed == 0:
                return

    asyncio.run(main())
""")


async def test_kill_9_in_the_middle_of_ticks(shop: Shop) -> None:
    await furnish(shop, "甲")
    ids = await shop.members(MEMBERS, opted_in="webhook")
    known = References(templates={"你好": "webhook"}, tags={"甲": None}, channels=frozenset({"webhook"}))
    drawn = graph(n1=tag("甲", "n2"), n2=send("n3"), n3=wait(3_600, "n4"), n4=send("end"))
    journey = await live(shop, drawn, known)
    assert await enrol(shop, journey, ids) == MEMBERS

    for now, points in POINTS.items():
        for where in points:
            await asyncio.to_thread(child.killed, CHILD, shop.db.url, journey.id, now.isoformat(), where, BATCH)
        left = await rows(shop, "SELECT count(*) FROM enrolment WHERE state = 'active' AND due_at <= :now", now=now)
        assert 0 < left[0][0] < MEMBERS, "the children died in the middle of the work"
        await jobs.tick(shop.db, shop.lake, now)
    await consume_new(shop.db, jobs.TRIGGERS, NOON)

    assert await places(shop, journey) == {"finished:完成": MEMBERS}
    assert await rows(
        shop, "SELECT origin->>'step', count(*), count(DISTINCT member_id) FROM message GROUP BY 1 ORDER BY 1"
    ) == [("n2", MEMBERS, MEMBERS), ("n4", MEMBERS, MEMBERS)]
    assert await rows(
        shop,
        "SELECT name, count(*) FROM fact WHERE name IN ('tagged', 'message_queued', 'journey_entered', 'journey_exited') "
        "GROUP BY 1 ORDER BY 1",
    ) == [
        ("journey_entered", MEMBERS),
        ("journey_exited", MEMBERS),
        ("message_queued", 2 * MEMBERS),
        ("tagged", MEMBERS),
    ]
    assert await rows(shop, "SELECT node, exit, passed FROM step_count ORDER BY node") == [
        ("end", "exit", MEMBERS),
        ("n1", "done", MEMBERS),
        ("n2", "sent", MEMBERS),
        ("n3", "done", MEMBERS),
        ("n4", "sent", MEMBERS),
    ]
