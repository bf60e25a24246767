"""An import killed with -9 again and again comes to the same end as one that was not."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from siyu.imports.files import chunks
from siyu.imports.runs import actions, jobs
from tests.crash import child, import_child
from tests.rooms.imports.sample_files import HEADING, ORDERS_MAPPING, import_file, written
from tests.world import NOON, Shop

ORDERS = 1_500
KILLS = 6


def content() -> str:
    """Three lines an order, the orders' lines apart; every fiftieth order a refund, every hundredth with a bad line."""
    lines = [
        f"{'T' if n % 50 == 7 else 'D'}{n},A{n % 300},2026-03-01 09:30,店,SKU{part},x,{-1 if n % 50 == 7 else 1},"
        f"{'free' if n % 100 == 99 and part == 1 else n}"
        for part in range(3)
        for n in range(ORDERS)
    ]
    return "\n".join([HEADING, *lines]) + "\n"


async def figures(shop: Shop) -> dict[str, tuple[Any, ...]]:
    counted = {}
    async with shop.db.transaction() as tx:
        for name, query in {
            "orders": "SELECT count(*), sum(amount), sum(lines) FROM purchase",
            "order lines": "SELECT count(*), sum(amount) FROM purchase_line",
            "refunds": "SELECT count(*), sum(amount), sum(lines) FROM refund",
            "refund lines": "SELECT count(*), sum(amount) FROM refund_line",
            "members": "SELECT count(*) FROM member",
            "facts": "SELECT count(*) FROM fact WHERE name LIKE 'order%'",
            "faults": "SELECT count(*), count(DISTINCT row) FROM import_fault",
            "progress": "SELECT state, rows_done, rows_refused, result FROM import_run",
        }.items():
            counted[name] = tuple((await tx.execute(text(query))).one())
    return counted


async def killed(url: str, import_id: int, after: int, wait: float) -> int:
    """Start the import, kill it `wait` seconds after it said `after` times how far it is; returns the last figure."""
    progress, theirs = child.CONTEXT.Pipe(duplex=False)
    process = child.start(import_child.run, url, import_id, theirs)
    theirs.close()
    last = 0
    for _ in range(after):
        try:
            last = await asyncio.to_thread(progress.recv)
        except EOFError:
            break
    await asyncio.sleep(wait)
    process.kill()
    process.join()
    return last


async def test_killed_anywhere_it_resumes_and_doubles_nothing(
    shop: Shop, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, content())
    run = await import_file(shop, path, ORDERS_MAPPING, run=False)
    dice = random.Random(7)
    reached = []
    for kill in range(KILLS):
        reached.append(await killed(database_url, run.id, after=1 + kill % 3, wait=dice.random() * 0.15))
    assert max(reached) > 0, "it was never killed in the middle"
    again = await import_file(shop, path, ORDERS_MAPPING, run=False)
    assert again.id == run.id, "the same file with the same mapping goes on where it stopped"
    assert 0 < again.rows_done < ORDERS * 3, "it must have been killed before its end"
    finished = await jobs.run_import(shop.db, run.id, NOON)
    assert finished.state == "done"
    assert not list(Path(finished.file_path).glob("prepared-*")), "what the killed runs left is cleared away"
    broken = await figures(shop)

    async with shop.db.transaction() as tx:
        for table in ("purchase_line", "purchase", "refund_line", "refund", "import_fault", "import_run"):
            await tx.execute(text(f"TRUNCATE {table} CASCADE"))
        await tx.execute(text("DELETE FROM fact"))
    whole = await import_file(shop, path, ORDERS_MAPPING)
    assert whole.id != run.id
    straight = await figures(shop)
    for name in broken:
        if name != "progress":
            assert broken[name] == straight[name], name
    assert broken["progress"][:3] == straight["progress"][:3]


PEOPLE_MAPPING: dict[str, Any] = {
    "kind": "members",
    "source": "crm",
    "columns": {"external_id": "号", "phone": "手机", "name": "姓名", "consent.sms": "短信"},
}
PEOPLE = {
    "members": "SELECT count(*), count(DISTINCT name) FROM member WHERE merged_into IS NULL",
    "identities": "SELECT count(*), count(DISTINCT member_id) FROM identity",
    "consents": "SELECT count(*) FILTER (WHERE state = 'given'), count(*) FROM consent",
    "told": "SELECT count(*) FILTER (WHERE name = 'member_created'), count(*) FILTER (WHERE name = 'consent_given') FROM fact",
    "progress": "SELECT state, rows_done, rows_refused, result->>'members_created' FROM import_run",
}


async def test_people_killed_between_chunks_are_nobody_twice(shop: Shop, database_url: str, tmp_path: Path) -> None:
    """Chunks of 200; everybody comes again 700 rows later, with a new name."""
    rows = [f"P{n % 700},138{n % 700:08d},名{n},是" for n in range(1_400)]
    path = written(tmp_path, "\n".join(["号,手机,姓名,短信", *rows]) + "\n", "people.csv")
    run = await import_file(shop, path, PEOPLE_MAPPING, run=False)
    reached = [await killed(database_url, run.id, after=2 + kill, wait=0.03) for kill in range(2)]
    assert max(reached) > 0, "it was never killed in the middle"
    await jobs.run_import(shop.db, run.id, NOON)
    async with shop.db.transaction() as tx:
        totals = {name: tuple((await tx.execute(text(query))).one()) for name, query in PEOPLE.items()}
    assert totals == {
        "members": (700, 700),
        "identities": (1_400, 700),
        "consents": (700, 700),
        "told": (700, 700),
        "progress": ("done", 1_400, 0, "700"),
    }


async def test_two_workers_at_one_import_take_turns(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 150)
    run = await import_file(shop, written(tmp_path, content()), ORDERS_MAPPING, run=False)
    await asyncio.gather(*(jobs.run_import(shop.db, run.id, NOON) for _ in range(3)))
    async with shop.db.transaction() as tx:
        over = await actions.begin(tx, run.id, NOON)
    counted = await figures(shop)
    refunds, refused = ORDERS // 50, ORDERS // 100 * 3
    assert (over.state, over.rows_done, over.rows_refused) == ("done", ORDERS * 3, refused)
    assert counted["orders"][0] == ORDERS - refunds - ORDERS // 100
    assert counted["order lines"][0] == (ORDERS - refunds) * 3 - refused
    assert counted["faults"] == (refused, refused)
