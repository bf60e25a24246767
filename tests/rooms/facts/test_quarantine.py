"""What cannot be worked on is set aside alone, shown, tried again or dismissed; the rest goes on, and a fault of ours harms nothing."""

from datetime import timedelta
from typing import Any

import duckdb
import httpx
import psycopg
import pytest
import structlog
from sqlalchemy import text

from siyu.app import JOBS, SUBSCRIBERS, TIMERS
from siyu.channels.adapters.types import Inbound
from siyu.channels.inbound.actions import callbacks
from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.lake import relay
from siyu.facts.log import subscribers
from siyu.facts.log.actions import Entry, record
from siyu.facts.log.queries import FactRecord
from siyu.facts.log.subscribers import Subscriber
from siyu.facts.operation import actions
from siyu.kit.db import Database, Tx
from siyu.kit.jobs import Job, Timer, defer
from siyu.worker.poll import Poller, Registry, drain
from tests.rooms.channels.conftest import Desk, desk, sim, steer
from tests.world import CHEN, NOON, ZHOU, Shop

__all__ = ["desk", "sim", "steer"]

CALLBACK = """<xml><CreateTime>{at}</CreateTime><MsgType>event</MsgType><Event>change_external_contact</Event>
    <ChangeType>add_external_contact</ChangeType><UserID>li</UserID><ExternalUserID>wm_{who}</ExternalUserID></xml>"""
POISON = "99999999999999999", "1795982778000", "-1", ""


def paid(number: int) -> Entry:
    return Entry(1, OrderPaid(order=f"o{number}", amount=100, lines=1, source="test"), NOON, 1)


async def listed(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/operation/quarantine", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["items"])
    return list(answer.json()["items"])


class Reader:
    """A subscriber that fails on some facts."""

    def __init__(self, *bad: str, error: type[Exception] = RuntimeError) -> None:
        self.bad, self.error, self.orders = set(bad), error, list[str]()
        self.subscriber = Subscriber("reader", frozenset({"order_paid"}), self.read)

    async def read(self, tx: Tx, batch: list[FactRecord], _now: object) -> None:
        for fact in batch:
            if fact.props["order"] in self.bad:
                # what is written before the fault must not stay
                await tx.execute(text("INSERT INTO cap VALUES (1, 'half', 1, 1)"))
                raise self.error(fact.props["order"])
        self.orders += [fact.props["order"] for fact in batch]


async def test_callbacks_that_cannot_be_are_set_aside_and_all_others_handled(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    stamps = [*POISON, str(int(NOON.timestamp())), str(int((NOON + timedelta(days=3_000)).timestamp()))]
    async with desk.shop.db.transaction() as tx:
        for number, at in enumerate(stamps):
            body = CALLBACK.format(at=at, who=f"p{number}")
            assert await callbacks.keep(tx, desk.account_id, Inbound(body=body, key=bytes([number])), NOON)
        # one that no key opens
        await tx.execute(text("UPDATE callback SET body = '\\x00' WHERE content_key = '\\x03'"))
    poller = Poller(Registry(SUBSCRIBERS, JOBS, TIMERS), desk.shop.db, desk.shop.lake)
    await poller.poll(NOON)
    links = await desk.rows("SELECT address, added_at FROM friend_link WHERE address LIKE 'wm_p%' ORDER BY address")
    assert [tuple(row) for row in links] == [("wm_p4", NOON), ("wm_p5", NOON)], "and nobody was added in the future"
    items = await listed(client)
    assert [item["source"] for item in items] == ["callback"] * len(POISON)
    assert {item["reason"] for item in items} == {"out_of_range", "unexpected"}
    assert "wm_p" not in str(items)
    assert await desk.rows("SELECT 1 FROM callback WHERE handled_at IS NULL") == []
    assert (await client.get("/healthz")).json()["quarantine"] == str(len(POISON))


async def test_a_callback_is_tried_again_and_settled(desk: Desk, client: httpx.AsyncClient) -> None:
    async with desk.shop.db.transaction() as tx:
        await callbacks.keep(tx, desk.account_id, Inbound(body="not XML", key=b"k"), NOON)
    poller = Poller(Registry(SUBSCRIBERS, JOBS, TIMERS), desk.shop.db, desk.shop.lake)
    await poller.poll(NOON)
    (item,) = await listed(client, state="waiting")
    assert (item["reason"], item["tries"], item["retryable"]) == ("unreadable", 1, True)
    body = {"ids": [item["id"]]}
    assert (await client.post("/api/v1/operation/quarantine/retry", json=body)).json() == {"count": 1}
    await poller.poll(NOON + timedelta(seconds=5))
    (again,) = await listed(client)
    assert (again["state"], again["reason"]) == ("waiting", "unreadable")
    assert (await client.post("/api/v1/operation/quarantine/dismiss", json={"ids": [again["id"]]})).json() == {
        "count": 1
    }
    assert [item["state"] for item in await listed(client)] == ["dismissed"]
    audit = (await client.get("/api/v1/audit", params={"limit": 5})).json()["items"]
    assert {line["props"].get("verb") for line in audit} >= {"retried", "dismissed"}


async def test_a_fact_that_a_subscriber_cannot_take_is_set_aside_in_its_place(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    reader = Reader("o3", "o7")
    async with shop.db.transaction() as tx:
        await record(tx, [paid(n) for n in range(10)], NOON)
    assert await subscribers.consume_new(shop.db, reader.subscriber, NOON) == 8
    assert reader.orders == [f"o{n}" for n in range(10) if n not in (3, 7)]
    items = await listed(client)
    assert [(item["source"], item["reader"], item["error"]) for item in items] == [
        ("fact", "reader", "RuntimeError")
    ] * 2
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM cap WHERE channel = 'half'")) == 0
    reader.bad.remove("o3")
    await client.post("/api/v1/operation/quarantine/retry", json={"ids": [item["id"] for item in items]})
    assert await subscribers.consume_new(shop.db, reader.subscriber, NOON) == 1
    assert reader.orders[-1] == "o3"
    (left,) = await listed(client)
    assert (left["state"], left["tries"]) == ("waiting", 2)


async def test_a_database_that_is_down_makes_nobody_poison(shop: Shop, client: httpx.AsyncClient) -> None:
    reader = Reader("o3", error=psycopg.errors.DiskFull)
    async with shop.db.transaction() as tx:
        await record(tx, [paid(n) for n in range(10)], NOON)
    with pytest.raises(psycopg.errors.DiskFull):
        await subscribers.consume_new(shop.db, reader.subscriber, NOON)
    assert await listed(client) == []
    reader.bad.clear()
    assert await subscribers.consume_new(shop.db, reader.subscriber, NOON) == 10
    assert reader.orders == [f"o{n}" for n in range(10)]


async def test_a_fact_beyond_every_calendar_stops_no_subscriber(shop: Shop, client: httpx.AsyncClient) -> None:
    """Postgres keeps the year 20000; Python has no such moment."""
    async with shop.db.transaction() as tx:
        await record(tx, [paid(1)], NOON)
        await tx.execute(text("UPDATE fact SET occurred_at = '20000-01-01' WHERE name = 'order_paid'"))
        await record(tx, [paid(2)], NOON)
    poller = Poller(Registry(SUBSCRIBERS, (), ()), shop.db, shop.lake)
    await poller.poll(NOON)
    assert {item["source"] for item in await listed(client)} == {"fact"}
    async with shop.db.transaction() as tx:
        behind = await tx.scalar(
            text(
                "SELECT count(*) FROM fact_cursor c WHERE EXISTS (SELECT 1 FROM fact f WHERE (f.txid, f.seq) > (c.txid, c.seq))"
            )
        )
    assert behind == 0


async def test_a_fact_that_the_lake_refuses_is_passed_over(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.db.transaction() as tx:
        await record(tx, [paid(n) for n in range(10)], NOON)
        bad = await tx.scalar(text("SELECT seq FROM fact WHERE props->>'order' = 'o4'"))
    append = relay.append

    def refusing(cursor: Any, after: Any, upto: Any, *, take: bool = True) -> int:
        if take and after.seq < bad <= upto.seq:
            raise duckdb.ConversionException("a value")
        return append(cursor, after, upto, take=take)

    monkeypatch.setattr(relay, "append", refusing)
    await relay.relay(shop.db, shop.lake)
    rows = await shop.lake.rows("SELECT count(*), count(DISTINCT id) FROM lake.facts WHERE name = 'order_paid'")
    assert rows[0] == (9, 9)
    (item,) = await listed(client)
    assert (item["reader"], item["item_key"]) == ("lake", str(bad))

    def still_bad(_cursor: Any, *, seq: int) -> int:
        raise duckdb.ConversionException(str(seq))

    append_one = relay.append_one
    for one_try, left in ((still_bad, 1), (append_one, 0)):
        monkeypatch.setattr(relay, "append_one", one_try)
        await client.post("/api/v1/operation/quarantine/retry", json={"ids": [item["id"]]})
        await relay.relay(shop.db, shop.lake)
        assert len(await listed(client, state="waiting")) == left
    assert await listed(client) == []
    rows = await shop.lake.rows("SELECT count(*), count(DISTINCT id) FROM lake.facts WHERE name = 'order_paid'")
    assert rows[0] == (10, 10)


async def test_a_job_that_failed_for_good_is_shown_and_done_again(shop: Shop, client: httpx.AsyncClient) -> None:
    done: list[int] = []
    ready: list[bool] = []

    async def work(_db: Database, _lake: Any, *, number: int) -> None:
        if not ready:
            raise KeyError("13800000003")
        done.append(number)

    registry = Registry((), (Job("fragile", work, attempts_max=1),), ())
    async with shop.db.transaction() as tx:
        await defer(tx, "fragile", number=7)
    for _ in range(2):
        await drain(registry, shop.db, shop.lake)
        async with shop.db.transaction() as tx:
            await tx.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
    async with shop.db.transaction() as tx:
        assert await actions.set_failed_jobs_aside(tx, NOON) == 1
        assert await actions.set_failed_jobs_aside(tx, NOON) == 0
    (item,) = await listed(client)
    assert (item["source"], item["reader"]) == ("job", "fragile")
    ready.append(True)
    await client.post("/api/v1/operation/quarantine/retry", json={"ids": [item["id"]]})
    async with shop.db.transaction() as tx:
        assert await actions.retry_jobs(tx) == 1
    await drain(registry, shop.db, shop.lake)
    assert done == [7] and await listed(client) == []


async def test_parts_tell_how_they_fare(shop: Shop, client: httpx.AsyncClient) -> None:
    broken = [True]

    async def work(_db: Database, _lake: Any, _now: object) -> None:
        if broken:
            raise OSError(28, "13800000003")

    timer = Timer("fragile", timedelta(seconds=1), work)
    poller = Poller(Registry((), (), (timer,)), shop.db, shop.lake)
    await poller.poll(NOON)
    parts = {part["part"]: part for part in (await client.get("/api/v1/operation/parts")).json()["items"]}
    assert parts["timer:fragile"]["error"] == "OSError" and parts["timer:fragile"]["failing_since"]
    assert parts["relay"]["failing_since"] is None and parts["relay"]["succeeded_at"]
    health = (await client.get("/healthz")).json()
    assert (health["status"], health["parts"]) == ("degraded", "timer:fragile: OSError")
    with structlog.testing.capture_logs() as logged:
        await poller.poll(NOON + timedelta(seconds=11))
    assert [entry["event"] for entry in logged] == ["part_still_failing"], (
        "an outage fills no disk with where it happened"
    )
    broken.clear()
    await poller.poll(NOON + timedelta(seconds=22))
    assert (await client.get("/healthz")).json()["status"] == "ok"


async def test_who_may_see_and_decide(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        await actions.set_aside(tx, "fact", "reader", "1", shop.workspace_id, ValueError(), NOON)
        await actions.set_aside(tx, "fact", "reader", "2", shop.workspace_id + 1, ValueError(), NOON)
        await actions.set_aside(tx, "receipt", "wecom", "3", shop.workspace_id, ValueError(), NOON)
    async with shop.client(ZHOU) as host:
        assert (await host.get("/api/v1/operation/quarantine")).status_code == 403
    async with shop.client() as admin:
        items = await listed(admin)
        assert {item["item_key"] for item in items} == {"1", "3"}, "another brand's is not seen"
        every = {"ids": list(range(1, 10))}
        assert (await admin.post("/api/v1/operation/quarantine/retry", json=every)).json() == {"count": 1}
        assert (await admin.post("/api/v1/operation/quarantine/dismiss", json=every)).json() == {"count": 2}
    async with shop.client(CHEN) as operator:
        allowed = await operator.get("/api/v1/operation/quarantine")
        decided = await operator.post("/api/v1/operation/quarantine/dismiss", json={"ids": [1]})
        assert (allowed.status_code, decided.status_code) == (200, 403)
