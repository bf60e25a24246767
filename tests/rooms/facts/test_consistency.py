"""The lake against the log, and the lake's own housekeeping, on a real lake."""

import asyncio
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.lake import compaction, consistency, relay
from siyu.facts.lake.transactions import transaction
from siyu.facts.log.actions import Entry, record
from tests.world import NOON, Shop

ALL = "SELECT count(*), count(DISTINCT id) FROM lake.facts WHERE name = 'order_paid'"


async def orders(shop: Shop, first: int, number: int) -> None:
    async with shop.db.transaction() as tx:
        entries = [
            Entry(1, OrderPaid(order=f"o{n}", amount=n, lines=1, source="test"), NOON, 1)
            for n in range(first, first + number)
        ]
        await record(tx, entries, NOON + timedelta(seconds=first))


async def test_a_lake_that_agrees_is_clean(shop: Shop) -> None:
    await orders(shop, 0, 10)
    await relay.relay(shop.db, shop.lake)
    await orders(shop, 10, 5)
    verified = await consistency.verify(shop.db, shop.lake)
    assert verified.clean, "what the relay has not read yet is not missing"
    assert verified.compared >= 10
    assert await consistency.repair(shop.db, shop.lake) == consistency.RepairResult(0, 0)


async def test_what_is_missing_doubled_or_foreign_is_named_and_mended(shop: Shop) -> None:
    await orders(shop, 0, 10)
    await relay.relay(shop.db, shop.lake)
    ids = [row[0] for row in await shop.lake.rows("SELECT id FROM lake.facts WHERE name = 'order_paid' ORDER BY seq")]
    await shop.lake.rows("DELETE FROM lake.facts WHERE id = $1", [ids[2]])
    await shop.lake.rows("INSERT INTO lake.facts SELECT * FROM lake.facts WHERE id = $1", [ids[5]])
    await shop.lake.rows(
        "INSERT INTO lake.facts SELECT * REPLACE (uuid() AS id, 'x' AS actor) FROM lake.facts WHERE id = $1", [ids[7]]
    )
    verified = await consistency.verify(shop.db, shop.lake)
    assert (verified.missing_ids, verified.doubled_ids, verified.extra) == ((ids[2],), (ids[5],), 1)
    assert not verified.clean
    assert await consistency.repair(shop.db, shop.lake) == consistency.RepairResult(appended=2, dropped=3)
    assert (await consistency.verify(shop.db, shop.lake)).clean
    assert await shop.lake.rows(ALL) == [(10, 10)]
    rows = await shop.lake.rows("SELECT amount, props->>'$.order' FROM lake.facts WHERE id = $1", [ids[2]])
    assert rows == [(2, "o2")]


async def test_facts_the_log_has_forgotten_are_not_held_against_the_lake(shop: Shop) -> None:
    await orders(shop, 0, 10)
    await relay.relay(shop.db, shop.lake)
    await orders(shop, 10, 5)
    await relay.relay(shop.db, shop.lake)
    await relay.trim_log(shop.db, shop.lake, NOON + timedelta(days=30, seconds=5), 30)
    verified = await consistency.verify(shop.db, shop.lake)
    assert verified.clean and verified.compared == 5
    assert await shop.lake.rows(ALL) == [(15, 15)]


async def test_two_repairs_at_once_append_once(shop: Shop) -> None:
    await orders(shop, 0, 10)
    await relay.relay(shop.db, shop.lake)
    await shop.lake.rows("DELETE FROM lake.facts WHERE amount < 5")
    mended = await asyncio.gather(*(consistency.repair(shop.db, shop.lake) for _ in range(2)))
    assert sorted(repair.appended for repair in mended) == [0, 5]
    assert await shop.lake.rows(ALL) == [(10, 10)]


async def test_a_reader_never_sees_half_a_batch(shop: Shop) -> None:
    await orders(shop, 0, 3)
    await relay.relay(shop.db, shop.lake)
    reader, writer = shop.lake.cursor(), shop.lake.cursor()
    try:
        with transaction(writer):
            writer.execute("INSERT INTO lake.facts SELECT * REPLACE (uuid() AS id) FROM lake.facts")
            assert reader.execute(ALL).fetchall() == [(3, 3)]
            writer.execute("INSERT INTO lake.facts SELECT * REPLACE (uuid() AS id) FROM lake.facts")
            assert reader.execute(ALL).fetchall() == [(3, 3)]
        assert reader.execute(ALL).fetchall() == [(12, 12)]
        with pytest.raises(duckdb.Error), transaction(writer):
            writer.execute("DELETE FROM lake.facts")
            writer.execute("SELECT no_such_thing()")
        assert reader.execute(ALL).fetchall() == [(12, 12)]
    finally:
        reader.close()
        writer.close()


def parquet(shop: Shop) -> list[Path]:
    return sorted(Path(shop.lake.path).rglob("*.parquet"))


async def test_small_files_become_large_ones_and_old_ones_go(shop: Shop) -> None:
    for n in range(10):
        await orders(shop, n * 1_000, 1_000)
        await relay.relay(shop.db, shop.lake)
    await shop.lake.rows("DELETE FROM lake.facts WHERE amount % 2 = 0")
    before = await shop.lake.rows("SELECT sum(amount) FROM lake.facts WHERE name = 'order_paid'")
    assert len(parquet(shop)) >= 10
    await compaction.compact(shop.db, shop.lake, NOON)
    await compaction.retain(shop.db, shop.lake, NOON)
    assert len(parquet(shop)) >= 10, "files of young snapshots stay"
    soon = (await shop.lake.rows("SELECT now()"))[0][0] + timedelta(seconds=1)
    await shop.lake.run(lambda cursor: compaction.expire(cursor, soon, soon))
    facts = [path for path in parquet(shop) if "facts" in path.parts]
    assert len(facts) == 1
    assert await shop.lake.rows("SELECT sum(amount) FROM lake.facts WHERE name = 'order_paid'") == before
    cursor = duckdb.connect()
    times = cursor.execute(f"SELECT amount % 2 FROM '{facts[0]}' WHERE name = 'order_paid'").fetchall()
    assert {row[0] for row in times} == {1}, "what was deleted is gone from the file"
