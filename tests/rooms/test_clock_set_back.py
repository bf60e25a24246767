"""The clock is set back an hour: sending, callbacks, refresh, jobs and timers go on at once, and nothing is done twice."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from siyu.app import CLOCK_CORRECTIONS, JOBS, SUBSCRIBERS, TIMERS
from siyu.channels.adapters.types import Inbound
from siyu.channels.inbound.actions import callbacks
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.jobs import Timer, defer
from siyu.worker.poll import Poller, Registry
from tests.rooms.channels.conftest import Desk, desk, sim, steer
from tests.world import NOON, Shop

__all__ = ["desk", "sim", "steer"]

HOUR = timedelta(hours=1)
AHEAD = NOON + HOUR
WHOLE = Registry(SUBSCRIBERS, JOBS, TIMERS, CLOCK_CORRECTIONS)


async def rows(shop: Shop, query: str) -> list[Any]:
    async with shop.db.transaction() as tx:
        return [tuple(row) for row in await tx.execute(text(query))]


async def test_a_timer_that_ran_ahead_is_due(shop: Shop) -> None:
    ran: list[datetime] = []

    async def work(_db: Database, _lake: Any, now: datetime) -> None:
        ran.append(now)

    poller = Poller(Registry((), (), (Timer("t", timedelta(minutes=5), work),)), shop.db, shop.lake)
    for moment in (AHEAD, NOON, NOON + timedelta(minutes=1), NOON + timedelta(minutes=5)):
        await poller.poll(moment)
    assert ran == [AHEAD, NOON, NOON + timedelta(minutes=5)]


async def test_what_was_queued_is_sent_and_what_came_in_is_handled(desk: Desk) -> None:
    clock.freeze(AHEAD)
    poller = Poller(WHOLE, desk.shop.db, desk.shop.lake, strict=True)
    await poller.poll(AHEAD)
    await desk.plan([desk.intent("an"), desk.intent("bo")], AHEAD)
    async with desk.shop.db.transaction() as tx:
        body = (
            f"<xml><CreateTime>{int(NOON.timestamp())}</CreateTime><MsgType>event</MsgType><Event>change_external_contact</Event>"
            "<ChangeType>add_external_contact</ChangeType><UserID>li</UserID><ExternalUserID>wm_new</ExternalUserID></xml>"
        )
        await callbacks.keep(tx, desk.account_id, Inbound(body=body, key=b"new"), AHEAD)
        await defer(tx, JOBS[0].name)
        await tx.execute(text("UPDATE procrastinate_jobs SET scheduled_at = :at"), {"at": AHEAD})
        await tx.execute(text("UPDATE channel_account SET synced_at = :at"), {"at": AHEAD})
    clock.freeze(NOON)
    desk.sim.post("customers", customers=[{"userid": "li", "external_userid": "wm_late", "name": "late"}])
    await poller.poll(NOON)
    assert await desk.states() == [("sent", None)] * 2
    assert len(await desk.rows("SELECT 1 FROM friend_link WHERE address IN ('wm_new', 'wm_late')")) == 2
    assert await rows(desk.shop, "SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > '2099-01-01'") == [(0,)]
    waiting = await rows(
        desk.shop, f"SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > '{NOON.isoformat()}'"
    )
    assert waiting == [(0,)]
    await poller.poll(NOON + timedelta(minutes=10))
    assert desk.sim.counts()["messages"] == 2


async def test_a_call_that_was_leased_ahead_is_settled_after_its_own_lease(desk: Desk) -> None:
    await desk.plan([desk.intent("an")], AHEAD)
    poller = Poller(WHOLE, desk.shop.db, desk.shop.lake, strict=True)
    async with desk.shop.db.transaction() as tx:
        await tx.execute(
            text("""
                INSERT INTO dispatch (account_id, key, leased_by, started_at, lease_until, tries)
                VALUES (:account, 'k', 'elsewhere:1', :at, CAST(:at AS timestamptz) + interval '5 minutes', 0)
            """),
            {"account": desk.account_id, "at": AHEAD},
        )
        await tx.execute(
            text("UPDATE message SET state = 'sending', dispatch_id = (SELECT id FROM dispatch WHERE key = 'k')")
        )
    poller.latest = AHEAD
    await poller.poll(NOON)
    assert await desk.states() == [("sending", None)]
    await poller.poll(NOON + timedelta(minutes=5))
    await poller.poll(NOON + timedelta(minutes=5, seconds=1))
    assert await desk.states() == [("sent", None)]


async def test_a_process_that_begins_after_the_clock_was_set_back_corrects_too(desk: Desk) -> None:
    clock.freeze(AHEAD)
    await Poller(WHOLE, desk.shop.db, desk.shop.lake, strict=True).poll(AHEAD)
    await desk.plan([desk.intent("an")], AHEAD)
    clock.freeze(NOON)
    await Poller(WHOLE, desk.shop.db, desk.shop.lake, strict=True).poll(NOON)
    assert await desk.states() == [("sent", None)]


async def test_a_wait_of_a_day_stays_a_day(shop: Shop) -> None:
    """Runs that moved while the clock was ahead wait as long as they would have; an audience that was looked at is due."""
    async with shop.db.transaction() as tx:
        await tx.execute(text("SET LOCAL session_replication_role = replica"))
        await tx.execute(
            text("""
                INSERT INTO audience (workspace_id, name, label, version, created_by, created_at, refreshed_at, rests_until)
                VALUES (1, 'a', 'a', 1, 'x', :at, :at, CAST(:at AS timestamptz) + interval '1 minute')
            """),
            {"at": AHEAD},
        )
    poller = Poller(Registry((), (), (), CLOCK_CORRECTIONS), shop.db, shop.lake, latest=AHEAD, strict=True)
    await poller.poll(NOON)
    assert await rows(shop, "SELECT due_at, rests_until FROM audience WHERE name = 'a'") == [(NOON, None)]
