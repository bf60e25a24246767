"""The freshness benchmark runs on a tiny world, and would see a wrong member."""

from pathlib import Path

import pytest
from sqlalchemy import text

from benchmarks import freshness, world
from benchmarks.workbench import NOW, Workbench
from siyu.audience.refresh import jobs
from siyu.audience.saved import actions as saved
from siyu.facts.lake.connection import Lake
from tests.rooms.audience.test_saved import worker
from tests.world import Shop

TINY = world.size(2_000)


@pytest.fixture
def bench(shop: Shop, lake: Lake, database_url: str, tmp_path: Path) -> Workbench:
    return Workbench(shop.db, lake, shop.caller, database_url, tmp_path, "1GB", 2)


async def test_twenty_audiences_are_kept_true(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "LOAD_SECONDS", {False: 2})
    monkeypatch.setattr(freshness, "TIME_SECONDS", {False: 1})
    monkeypatch.setattr(freshness, "IDLE_SECONDS", 1)
    result = (await freshness.run(bench, TINY)).document
    assert result["wrong_members"] == 0
    assert result["lag"]["worst_s"] >= result["lag"]["usual_s"] > 0
    assert (await bench.lake.rows("SELECT count(*) FROM lake.facts"))[0][0] == TINY.facts, (
        "it leaves the world as it was"
    )


async def test_a_member_too_many_or_too_few_is_seen(bench: Workbench, shop: Shop) -> None:
    ids = await shop.members(3)
    async with shop.db.transaction() as tx:
        row = await saved.save(tx, shop.caller, name="all", label="all", tree={"all": []}, now=NOW)
    await worker(shop).run_until_idle(NOW)
    await jobs.catch_up(shop.db, shop.lake, NOW)
    assert await freshness.wrong_members(bench, NOW) == (3, 0)
    async with shop.db.transaction() as tx:
        await tx.execute(
            text("UPDATE audience_member SET member_id = 99 WHERE audience_id = :id AND member_id = :member"),
            {"id": row.id, "member": ids[0]},
        )
    assert await freshness.wrong_members(bench, NOW) == (3, 2)
