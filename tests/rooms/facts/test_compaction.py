"""Upkeep beside readers and writers: nobody sees half a batch, no delete is lost, no question loses its files."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from siyu.audience.refresh import jobs as audience
from siyu.contacts.attributes import actions as contact_attributes
from siyu.contacts.members.rules import MemberRow
from siyu.facts.lake import compaction, consistency, relay
from siyu.facts.lake import connection as facts_lake
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.transactions import Cursor, transaction, with_retry
from siyu.facts.log import subscribers
from tests.world import NOON, Shop, order_paid

BATCH = 40
PEOPLE = 30
ROUNDS = 14


async def orders(shop: Shop, first: int, number: int = BATCH) -> None:
    at = NOON + timedelta(seconds=first)
    await shop.happen(*((1, at, order_paid(1, order=f"o{n}")) for n in range(first, first + number)))


async def everybody(shop: Shop, city: str) -> None:
    rows = [MemberRow({"external_id": f"m{n}"}, attributes={"city": city}) for n in range(PEOPLE)]
    await shop.upsert(*rows, source="import")


@pytest.fixture
def beside(shop: Shop, database_url: str) -> Iterator[Lake]:
    """A second process' lake, as far as the catalogue can tell."""
    lake = Lake(database_url, shop.lake.path, "1GB", 2)
    lake.open()
    yield lake
    lake.close()


class Readers:
    """Threads that ask and complain until they are stopped."""

    def __init__(self, lakes: list[Lake]) -> None:
        self.faults: list[str] = []
        self.asked = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(lake.cursor(),)) for lake in lakes]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, cursor: Cursor) -> None:
        least = 0
        while not self._stop.is_set():
            try:
                facts, profiles, cities, values, txid = cursor.execute("""
                    SELECT (SELECT count(*) FROM lake.facts WHERE name = 'order_paid'), (SELECT count(*) FROM lake.profiles),
                           (SELECT count(DISTINCT text) FROM lake.attributes), (SELECT count(*) FROM lake.attributes),
                           (SELECT count(*) FROM lake.relay_cursor)
                """).fetchall()[0]
            except duckdb.Error as trouble:
                self.faults.append(str(trouble)[:300])
                continue
            self.asked += 1
            if facts % BATCH or facts < least:
                self.faults.append(f"{facts} facts after {least}")
            if (profiles, cities, values) not in ((0, 0, 0), (PEOPLE, 1, PEOPLE)) or txid != 1:
                self.faults.append(f"{profiles} profiles, {cities} cities, {values} values, {txid} cursors")
            least = facts
        cursor.close()


async def test_readers_beside_relay_profiles_and_upkeep(
    shop: Shop, beside: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MERGE_FILES_MIN", 2)
    monkeypatch.setattr(compaction, "snapshots_kept", lambda: timedelta(seconds=0))
    async with shop.db.transaction() as tx:
        await contact_attributes.define_attribute(tx, shop.caller, name="city", label="城市", type="text", now=NOON)
    done = asyncio.Event()

    async def write() -> None:
        for n in range(ROUNDS):
            await orders(shop, n * BATCH)
            await everybody(shop, f"city {n}")
            await shop.catch_up()
        done.set()

    async def keep(lake: Lake) -> int:
        rounds = 0
        while not done.is_set():
            await compaction.compact(shop.db, lake, NOON)
            await compaction.retain(shop.db, lake, NOON)
            rounds += 1
        return rounds

    with Readers([shop.lake, beside]) as readers:
        _, rounds = await asyncio.gather(write(), keep(beside))
    assert readers.faults == []
    assert readers.asked > ROUNDS and rounds >= 3
    assert (await consistency.verify(shop.db, shop.lake)).clean
    assert await shop.lake.rows("SELECT count(*) FROM lake.facts WHERE name = 'order_paid'") == [(ROUNDS * BATCH,)]
    assert await shop.lake.rows("SELECT count(*), min(text), max(text) FROM lake.attributes") == [
        (PEOPLE, f"city {ROUNDS - 1}", f"city {ROUNDS - 1}")
    ]


@pytest.mark.parametrize("patient", [True, False])
async def test_a_question_that_is_being_answered_keeps_its_files(shop: Shop, beside: Lake, patient: bool) -> None:
    """Deleted files wait longer than a question may take; without the wait the same question fails."""
    for n in range(10):
        await orders(shop, n * BATCH)
        await relay.relay(shop.db, shop.lake)
    await shop.lake.rows("DELETE FROM lake.facts WHERE name = 'order_paid' AND amount < 0")
    reader = beside.cursor()
    ask = "SELECT count(*), sum(length(CAST(props AS VARCHAR))) > 0 FROM lake.facts WHERE name = 'order_paid'"
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM lake.facts WHERE name = 'order_paid'").fetchall() == [(10 * BATCH,)]
    await shop.lake.run(compaction.merge_files)
    now = (await shop.lake.rows("SELECT now()"))[0][0] + timedelta(seconds=1)
    kept = compaction.files_kept() if patient else timedelta(0)
    assert compaction.files_kept() >= timedelta(hours=3)
    await shop.lake.run(lambda cursor: compaction.expire(cursor, now, now - kept))
    if patient:
        assert reader.execute(ask).fetchall() == [(10 * BATCH, True)]
    else:
        with pytest.raises(duckdb.Error):
            reader.execute(ask).fetchall()
    reader.close()


async def test_a_delete_and_a_compaction_take_turns(shop: Shop, beside: Lake) -> None:
    """DuckLake alone loses a delete that is made while the file it is in is being merged: hence the lock."""
    async with shop.db.transaction() as tx:
        await contact_attributes.define_attribute(tx, shop.caller, name="city", label="城市", type="text", now=NOON)
    await everybody(shop, "a")
    await shop.catch_up()
    release = threading.Event()
    held = threading.Event()

    def slow(cursor: Cursor, table: str, ends: float) -> bool:
        if table == "profiles":
            held.set()
            release.wait(20)
        return True

    async def compacting(work: Callable[..., Any]) -> None:
        plain = compaction.compact_table
        compaction.compact_table = work
        try:
            await compaction.compact(shop.db, beside, NOON)
        finally:
            compaction.compact_table = plain

    upkeep_task = asyncio.create_task(compacting(slow))
    await asyncio.to_thread(held.wait, 20)
    await everybody(shop, "b")
    await subscribers.consume_new(shop.db, audience.PROFILES, NOON)
    writing = asyncio.create_task(audience.write_profiles(shop.db, shop.lake, NOON))
    done, _ = await asyncio.wait([writing], timeout=0.5)
    assert not done, "profiles wait while their files are compacted"
    release.set()
    await asyncio.gather(upkeep_task, writing)
    assert await shop.lake.rows("SELECT DISTINCT text FROM lake.attributes") == [("b",)]


async def test_compaction_works_in_slices_and_keeps_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(12):
        await orders(shop, (12 - n) * BATCH)
        await relay.relay(shop.db, shop.lake)
    before = await shop.lake.run(lambda cursor: compaction.files(cursor, "facts"))
    assert len(before) >= 12
    assert not await shop.lake.run(lambda cursor: compaction.compact_table(cursor, "facts", time.monotonic() - 1))
    assert await shop.lake.run(lambda cursor: compaction.compact_table(cursor, "facts", time.monotonic() + 60))
    (whole,) = await shop.lake.run(lambda cursor: compaction.files(cursor, "facts"))
    assert whole.rows == sum(file.rows for file in before)
    times = duckdb.sql(
        f"SELECT list(occurred_at ORDER BY file_row_number) FROM read_parquet('{whole.path}', file_row_number = true) "
        "WHERE name = 'order_paid'"
    ).fetchall()[0][0]
    assert times == sorted(times) and len(times) == 12 * BATCH


async def test_a_file_with_few_deletes_stays_and_one_with_many_is_written_anew(shop: Shop) -> None:
    await orders(shop, 0, 2_000)
    await relay.relay(shop.db, shop.lake)
    await shop.lake.run(lambda cursor: compaction.compact_table(cursor, "facts", time.monotonic() + 60))
    (file,) = await shop.lake.run(lambda cursor: compaction.files(cursor, "facts"))
    for size, same in ((100, True), (900, False)):
        await shop.lake.rows(
            "DELETE FROM lake.facts WHERE seq IN (SELECT seq FROM lake.facts WHERE name = 'order_paid' ORDER BY seq LIMIT $1)",
            [size],
        )
        await shop.lake.run(lambda cursor: compaction.compact_table(cursor, "facts", time.monotonic() + 60))
        (now,) = await shop.lake.run(lambda cursor: compaction.files(cursor, "facts"))
        assert (now.path == file.path) is same
        assert await shop.lake.rows("SELECT count(*) FROM lake.facts WHERE name = 'order_paid'") == [
            (1_900 if same else 1_000,)
        ]


async def test_small_files_with_few_deletes_become_one(shop: Shop) -> None:
    """A file with deletes cannot be merged: without writing it anew small ones would stay for ever."""
    for n in range(10):
        await orders(shop, n * 200, 200)
        await relay.relay(shop.db, shop.lake)
        await shop.lake.rows(
            "DELETE FROM lake.facts WHERE seq = (SELECT max(seq) FROM lake.facts WHERE name = 'order_paid')"
        )
    await shop.lake.run(lambda cursor: compaction.compact_table(cursor, "facts", time.monotonic() + 60))
    known = await shop.lake.run(lambda cursor: compaction.files(cursor, "facts"))
    assert len([file for file in known if file.rows > file.deleted]) <= 2
    assert await shop.lake.rows("SELECT count(*) FROM lake.facts WHERE name = 'order_paid'") == [(1_990,)]


async def test_a_lake_that_duckdb_gave_up_is_opened_anew(shop: Shop) -> None:
    broken = shop.lake.cursor()

    def give_up(_: Cursor) -> None:
        raise duckdb.FatalException("the database has been invalidated")

    with pytest.raises(duckdb.FatalException):
        await shop.lake.run(give_up)
    assert await shop.lake.rows("SELECT count(*) FROM lake.relay_cursor") == [(1,)]
    broken.close()


async def test_a_question_may_not_take_for_ever(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its files could be deleted under it."""
    assert timedelta(days=1) * 2 / 14 > facts_lake.QUESTION_MAX, "with the shortest period that can be set"
    monkeypatch.setattr(facts_lake, "QUESTION_MAX", timedelta(seconds=0.3))
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await shop.lake.rows("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3")
    assert time.monotonic() - began < 60
    monkeypatch.undo()
    assert await shop.lake.rows("SELECT 1") == [(1,)]


async def test_a_refused_transaction_is_begun_again(shop: Shop) -> None:
    """Two writers of one table without a lock: the slower one is refused, and `again` repeats it whole."""
    await shop.lake.rows("INSERT INTO lake.merges SELECT 1, i, i FROM range(50) t(i)")
    slow, quick = shop.lake.cursor(), shop.lake.cursor()
    tries: list[int] = []

    def work() -> None:
        with transaction(slow):
            slow.execute("DELETE FROM lake.merges WHERE member_id = 3")
            if not tries:
                quick.execute("DELETE FROM lake.merges WHERE member_id = 4")
            tries.append(1)

    with_retry(work)
    assert len(tries) == 2
    assert await shop.lake.rows("SELECT count(*) FROM lake.merges") == [(48,)]
    slow.close()
    quick.close()
