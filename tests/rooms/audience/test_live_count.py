"""The builder's live count: at once in a small shop; in its turn, told about and stoppable when it is heavy."""

import asyncio
import contextlib
import json
from typing import Any

import httpx
import pytest

from siyu.audience import queries
from siyu.audience.language.check import check_tree
from siyu.audience.language.schema import Schema
from siyu.audience.preview.count_stream import progress
from siyu.facts.lake.connection import QueryProgress
from siyu.kit import clock
from tests.rooms.audience.test_saved import DAY
from tests.world import NOON, Shop

TREE = {"order": {"within": "90d"}}
LONG = "SELECT count(*) FROM range(60000) a, range(60000) b WHERE (a.range * b.range) % 7 = 3"


async def lines(shop: Shop, tree: Any) -> list[dict[str, Any]]:
    async with shop.db.transaction() as tx:
        parsed, schema = await queries.parse(tx, shop.workspace_id, tree)
    updates = progress(shop.lake, parsed, shop.workspace_id, schema.zone, clock.now())
    return [json.loads(line) async for line in updates]


async def test_a_small_shop_is_counted_at_once(shop: Shop, client: httpx.AsyncClient) -> None:
    some = await shop.members(5)
    await shop.paid((some[0], NOON), (some[1], NOON), (some[1], NOON))
    await shop.catch_up()
    request = {"tree": TREE, "as_of": (NOON + DAY).isoformat()}
    answer = await client.post("/api/v1/audience-count/live", json=request)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    updates = [json.loads(line) for line in answer.text.splitlines()]
    plain = (await client.post("/api/v1/audience-count", json=request)).json()
    assert updates[-1]["state"] == "counted"
    assert updates[-1]["count"] == 2
    assert {key: updates[-1][key] for key in ("count", "total", "leaves")} == {
        key: plain[key] for key in ("count", "total", "leaves")
    }


async def test_a_wrong_tree_is_refused_before_anything_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/audience-count/live", json={"tree": {"order": {"within": "soon"}}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "order.within"


async def test_a_heavy_question_lets_others_wait_and_can_be_stopped(shop: Shop) -> None:
    watch = QueryProgress()
    heavy = asyncio.create_task(shop.lake.rows_with_progress(watch, LONG))
    while not watch.running:
        await asyncio.sleep(0.01)
    counted = asyncio.create_task(lines(shop, TREE))
    # whoever asks anything else is answered meanwhile
    assert await shop.lake.rows("SELECT 1") == [(1,)]
    await asyncio.sleep(1.2)
    assert not counted.done()
    heavy.cancel()
    with pytest.raises(asyncio.CancelledError):
        await heavy
    updates = await asyncio.wait_for(counted, 20)
    assert updates[0] == {"state": "waiting"}
    assert updates[-1]["state"] == "counted"


async def told_of(shop: Shop) -> bool:
    """Whether a heavy question's share was told within some seconds."""
    watch = QueryProgress()
    heavy = asyncio.create_task(shop.lake.rows_with_progress(watch, LONG))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(4):
            while watch.share is None:
                await asyncio.sleep(0.05)
    reported = watch.share is not None
    heavy.cancel()
    with pytest.raises(asyncio.CancelledError):
        await heavy
    return reported


async def test_a_heavy_question_tells_how_far_it_is(shop: Shop) -> None:
    # of one question in eight or so DuckDB 1.5.5 tells nothing until it ends
    for _ in range(5):
        if await told_of(shop):
            return
    raise AssertionError("five heavy questions, and nobody was told how far one had come")


async def test_hanging_up_stops_the_question(shop: Shop) -> None:
    holder = QueryProgress()
    heavy = asyncio.create_task(shop.lake.rows_with_progress(holder, LONG))
    while not holder.running:
        await asyncio.sleep(0.01)
    async with shop.db.transaction() as tx:
        parsed, schema = await queries.parse(tx, shop.workspace_id, TREE)
    updates = progress(shop.lake, parsed, shop.workspace_id, schema.zone, clock.now())
    assert json.loads(await anext(updates)) == {"state": "waiting"}
    await updates.aclose()
    heavy.cancel()
    with pytest.raises(asyncio.CancelledError):
        await heavy
    # nobody stands in the queue any more
    assert await asyncio.wait_for(shop.lake.rows_with_progress(QueryProgress(), "SELECT 2"), 10) == [(2,)]


async def test_an_estimate_of_everybody_is_exact_and_a_ranking_has_none(shop: Shop) -> None:
    some = await shop.members(40)
    await shop.paid(*((member, NOON) for member in some[::3]))
    await shop.catch_up()
    schema = Schema("Asia/Shanghai")
    tree = check_tree({"not": {"order": {"last": {"before": "2099-01-01"}}}}, schema)
    at = NOON.replace(year=NOON.year + 1)
    estimate = await queries.estimated(shop.lake, tree, shop.workspace_id, "Asia/Shanghai", at, 1)
    assert estimate is not None
    likely, low, high, total = estimate
    assert likely == low == 40 - len(some[::3])
    assert high >= likely
    assert total == 40
    top = check_tree({"top": {"n": 3, "by": {"fact": "order_paid"}}}, schema)
    assert await queries.estimated(shop.lake, top, shop.workspace_id, "Asia/Shanghai", at, 64) is None
