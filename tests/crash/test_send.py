"""kill -9 at every step of sending, then count at the provider: nothing lost, nothing twice, what is in doubt is shown."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from siyu.channels.accounts import connection
from siyu.channels.accounts.connection import CALLS_AT_ONCE
from siyu.channels.accounts.queries import account_rows, opened
from siyu.channels.inbound.jobs import sync
from siyu.channels.messages.actions.outcomes import mark_called
from siyu.channels.messages.actions.send import prepare_calls
from siyu.channels.messages.rules import LEASE
from siyu.contacts.identities import queries as contacts
from siyu.kit.db import Database
from siyu.kit.process_life import living, process_name
from siyu.kit.settings import Settings
from tests.crash import child
from tests.crash.sender import dispatch_due
from tests.rooms.channels.conftest import Desk, Sim, desk, sim, steer
from tests.rooms.channels.test_webhook import Receiver, receiver
from tests.world import NOON

__all__ = ["desk", "receiver", "sim", "steer"]

STEPS = ("claiming", "claimed", "marked", "answered", "concluded", "never")
CUSTOMERS = 20
"""More than two waves of calls, as each content is its own."""


async def run(url: str, step: str, now: datetime, alive: bool = False) -> int:
    """Run a sender that dies at `step`; returns its exit code."""
    process = child.start(dispatch_due, url, step, now, alive)
    await asyncio.to_thread(process.join, child.PATIENCE_SECONDS)
    assert process.exitcode in (0, -9)
    return int(process.exitcode)


async def befriend(desk: Desk, sim: Sim) -> list[str]:
    """Twenty more customers, each with a name and so a content of their own."""
    names = [f"c{n:02d}" for n in range(CUSTOMERS)]
    people = [{"userid": "li", "external_userid": f"wm_{name}", "name": name} for name in names]
    sim.post("customers", customers=people)
    async with desk.shop.db.transaction() as tx:
        account = opened((await account_rows(tx, channel="wecom"))[0])
    await sync(desk.shop.db, account, NOON)
    async with desk.shop.db.transaction() as tx:
        resolved = await contacts.resolve(tx, desk.shop.workspace_id, "external_userid", [f"wm_{n}" for n in names])
    desk.members |= {name: resolved[f"wm_{name}"] for name in names}
    return names


@pytest.mark.parametrize("step", STEPS)
async def test_killed_while_sending_over_wecom(desk: Desk, sim: Sim, database_url: str, step: str) -> None:
    names = await befriend(desk, sim)
    await desk.plan([desk.intent(name) for name in names])
    assert (await run(database_url, step, NOON)) == (0 if step == "never" else -9)
    # at once nothing may be done about what is leased; once the lease is over everything is
    await desk.dispatch(NOON + timedelta(seconds=1))
    await desk.dispatch(NOON + LEASE)
    await desk.dispatch(NOON + LEASE + timedelta(seconds=1))
    sim.post("run", force=True)
    await desk.settle(NOON + LEASE)
    states = dict(await desk.rows("SELECT member_id, state FROM message"))
    received = {name: len(sim.received_by(f"wm_{name}")) for name in names}
    assert set(states.values()) <= {"delivered", "in_doubt"}
    assert max(received.values()) == 1 and sim.counts()["duplicates"] == 0
    doubtful = [name for name in names if states[desk.members[name]] == "in_doubt"]
    assert all(received[name] == 1 for name in names if name not in doubtful)
    if step in ("marked", "answered", "concluded"):
        # at most one wave of calls: `concluded` had called its second one when the first was written
        assert 1 <= len(doubtful) <= CALLS_AT_ONCE
        got = [received[name] for name in doubtful]
        assert {"marked": max(got) == 0, "answered": max(got) == 1, "concluded": min(got) == 1}[step]
    else:
        assert doubtful == []
    assert len(await desk.facts("message_in_doubt")) == len(doubtful)
    assert len(await desk.facts("message_delivered")) == len(names) - len(doubtful)


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(connection, "settings", lambda: Settings(outbound="loopback"))
    yield


@pytest.mark.parametrize("step", ["claimed", "marked", "answered", "concluded"])
async def test_killed_while_posting_to_a_webhook(
    desk: Desk, client: httpx.AsyncClient, receiver: Receiver, private: None, database_url: str, step: str
) -> None:
    """The provider takes a key: nothing is in doubt, and the key keeps a repeat from being done twice."""
    body: dict[str, Any] = {"channel": "webhook", "name": "自有系统", "config": {"url": receiver.url}}
    assert (await client.post("/api/v1/channel-accounts", json=body)).status_code == 201
    await desk.consent(list(desk.members), True, "webhook")
    count = 4 * len(desk.members)
    await desk.plan([desk.intent(name, channel="webhook", values={"n": n}) for n in range(4) for name in desk.members])
    assert (await run(database_url, step, NOON)) == -9
    for moment in (timedelta(seconds=1), LEASE, 2 * LEASE):
        await desk.dispatch(NOON + moment)
    assert await desk.states() == [("delivered", None)] * count
    assert len(receiver.carried_out()) == count
    assert len({got[1] for got in receiver.got}) == count
    assert len(await desk.facts("message_delivered")) == count


async def test_killed_again_and_again_at_any_moment(desk: Desk, sim: Sim, database_url: str) -> None:
    names = await befriend(desk, sim)
    sim.post("faults", path="externalcontact/add_msg_template", delay_s=0.05)
    await desk.plan([desk.intent(name, values={"n": n}) for n in range(3) for name in names])
    now = NOON
    for wait_s in (0.1, 0.2, 0.3, 0.4, 0.5):
        process = child.start(dispatch_due, database_url, "never", now)
        await asyncio.sleep(wait_s)
        process.kill()
        process.join()
        now += LEASE + timedelta(seconds=1)
    await desk.dispatch(now)
    await desk.dispatch(now + LEASE)
    sim.post("run", force=True)
    await desk.settle(now + LEASE)
    states = [state for state, _ in await desk.states()]
    assert set(states) <= {"delivered", "in_doubt"}
    delivered, doubtful = states.count("delivered"), states.count("in_doubt")
    assert delivered + doubtful == 3 * len(names)
    assert doubtful <= 5 * CALLS_AT_ONCE
    assert delivered <= sim.counts()["received"] <= delivered + doubtful


@pytest.mark.parametrize("step", ["claimed", "marked", "answered", "concluded"])
async def test_what_a_killed_worker_claimed_is_taken_over_within_seconds(
    desk: Desk, sim: Sim, database_url: str, step: str
) -> None:
    names = await befriend(desk, sim)
    await desk.plan([desk.intent(name) for name in names])
    assert (await run(database_url, step, NOON, alive=True)) == -9
    await asyncio.sleep(0.5)
    await desk.dispatch(NOON + timedelta(seconds=1))
    sim.post("run", force=True)
    await desk.settle(NOON + timedelta(seconds=2))
    states = [state for state, _ in await desk.states()]
    doubtful = states.count("in_doubt")
    assert states.count("delivered") + doubtful == len(names)
    assert max(len(sim.received_by(f"wm_{name}")) for name in names) == 1 and sim.counts()["duplicates"] == 0
    assert (doubtful == 0) if step == "claimed" else (1 <= doubtful <= CALLS_AT_ONCE)


async def test_a_slow_worker_keeps_its_claims_and_one_that_was_taken_for_dead_writes_nothing(
    desk: Desk, sim: Sim, database_url: str
) -> None:
    names = await befriend(desk, sim)
    await desk.plan([desk.intent(name) for name in names])
    async with desk.shop.db.transaction() as tx:
        account = opened((await account_rows(tx, channel="wecom"))[0])
    other = Database(database_url)
    async with living(other):
        by = process_name()
        async with desk.shop.db.transaction() as tx:
            prepared = await prepare_calls(tx, account, NOON, by=by, public_url="http://x", rows_max=100)
        await desk.dispatch(NOON + LEASE - timedelta(seconds=1))
        assert {state for state, _ in await desk.states()} == {"sending"}
    await other.close()
    await desk.dispatch(NOON + timedelta(seconds=1))
    assert {state for state, _ in await desk.states()} == {"sent"}
    async with desk.shop.db.transaction() as tx:
        assert await mark_called(tx, prepared.calls, NOON, by=by) == []
    assert sim.counts()["messages"] == len(names)
