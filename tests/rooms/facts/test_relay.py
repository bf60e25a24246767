"""The relay and the readers on a real log and a real lake."""

import asyncio

from siyu.facts.catalogue.commerce import CouponRedeemed, OrderPaid
from siyu.facts.lake import relay
from siyu.facts.log import queries, subscribers
from siyu.facts.log.actions import Entry, record, record_from
from siyu.facts.log.queries import FactRecord, Position
from siyu.facts.log.subscribers import Subscriber
from siyu.kit.db import Tx
from tests.world import NOON, Shop, order_paid


async def count(shop: Shop) -> tuple[int, int]:
    rows = await shop.lake.rows("SELECT count(*), count(DISTINCT id) FROM lake.facts WHERE name = 'order_paid'")
    return rows[0][0], rows[0][1]


async def test_what_is_recorded_reaches_the_lake_once(shop: Shop) -> None:
    await shop.happen(*((1, NOON, order_paid(100 * n, order=f"o{n}")) for n in range(1, 30_001)))
    await asyncio.gather(*(relay.relay(shop.db, shop.lake) for _ in range(3)))
    await relay.relay(shop.db, shop.lake)
    assert await count(shop) == (30_000, 30_000)
    rows = await shop.lake.rows("SELECT sum(amount), min(occurred_at) FROM lake.facts WHERE name = 'order_paid'")
    assert rows[0] == (100 * 30_000 * 30_001 // 2, NOON.replace(tzinfo=None))


async def test_a_fact_of_a_transaction_that_ends_late_is_not_passed_over(shop: Shop) -> None:
    """An identity column is not commit order: the earlier number may appear later."""
    async with shop.db.transaction() as slow:
        await record(slow, [Entry(1, order_paid(), NOON, 1)], NOON)
        await shop.paid((1, NOON))
        await relay.relay(shop.db, shop.lake)
        assert await count(shop) == (0, 0)
    await relay.relay(shop.db, shop.lake)
    assert await count(shop) == (2, 2)


async def test_a_known_key_is_recorded_once(shop: Shop) -> None:
    entry = Entry(1, CouponRedeemed(coupon="c"), NOON, 1, key="coupon:1")
    async with shop.db.transaction() as tx:
        assert await record(tx, [entry], NOON) == 1
        assert await record(tx, [entry], NOON) == 0


async def test_a_reader_that_fails_gets_its_batch_again(shop: Shop) -> None:
    seen: list[str] = []
    trouble = [True]

    async def read(_tx: Tx, batch: list[FactRecord], _now: object) -> None:
        if trouble.pop() if trouble else False:
            raise OSError("the disk is not well")
        seen.extend(happened.props["order"] for happened in batch)

    reader = Subscriber("test", frozenset({"order_paid"}), read)
    await shop.paid(*[(1, NOON)] * 3)
    try:
        await subscribers.consume_new(shop.db, reader, NOON)
    except OSError:
        assert seen == []
    await subscribers.consume_new(shop.db, reader, NOON)
    await subscribers.consume_new(shop.db, reader, NOON)
    assert seen == ["o0", "o1", "o2"]


async def test_a_batch_out_of_the_middle_of_a_large_transaction_is_just_that_batch(shop: Shop) -> None:
    select = """
        SELECT CAST(:workspace AS int), i, CAST(:now AS timestamptz), 'till', CAST(NULL AS text),
               jsonb_build_object('order', 'A' || i, 'amount', i, 'lines', 1, 'source', 'till')
        FROM generate_series(1, 40000) AS i"""
    async with shop.db.transaction() as tx:
        await record_from(tx, OrderPaid, select, {"workspace": shop.workspace_id, "now": NOON}, NOON)
    async with shop.db.transaction() as tx:
        after = await queries.bound(tx, Position(0, 0), 30_000)
        assert after is not None
        upto = await queries.bound(tx, after, 100)
        assert upto is not None
        batch = await queries.between(tx, after, upto, None)
    assert (len(batch), batch[0].seq, batch[-1].seq) == (100, after.seq + 1, upto.seq)
