"""Enrolling says how many before anybody enters, and as many enter then."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from siyu.journeys.steps import queries as references
from siyu.kit import clock
from tests.rooms.journeys.world import enrol, furnish, graph, live, round_at, rows, send, wait
from tests.world import NOON, Shop

BODIES: list[dict[str, Any]] = [
    {},
    {"member_ids": []},
    {"audience": "nobody"},
    {"audience": "a", "member_ids": [1]},
]


@pytest.mark.parametrize(
    ("reentry", "expected"),
    [
        ({"kind": "never"}, {"named": 5, "entering": 3, "restarting": 0, "reachable": 5}),
        ({"kind": "after_finish", "days": 0}, {"named": 5, "entering": 4, "restarting": 0, "reachable": 5}),
        ({"kind": "always", "days": 0}, {"named": 5, "entering": 5, "restarting": 1, "reachable": 5}),
    ],
)
async def test_as_many_enter_as_were_said(
    shop: Shop, client: httpx.AsyncClient, reentry: dict[str, Any], expected: dict[str, int]
) -> None:
    """Of five one is under way and one has finished."""
    await furnish(shop)
    under_way, finished, *fresh = await shop.members(5, opted_in="webhook")
    async with shop.db.transaction() as tx:
        known = await references.load(tx, shop.workspace_id)
    yesterday = NOON - timedelta(days=1)
    journey = await live(shop, graph(reentry=reentry, n1=wait(60)), known, now=yesterday)
    await enrol(shop, journey, [finished], yesterday)
    await round_at(shop, yesterday)
    await round_at(shop, yesterday + timedelta(minutes=1))
    assert await rows(shop, "SELECT state FROM enrolment") == [("finished",)]
    await enrol(shop, journey, [under_way])
    body = {"member_ids": [under_way, finished, *fresh]}
    path = f"/api/v1/journeys/{journey.id}"
    answer = await client.post(f"{path}/enrol-preview", json=body)
    assert answer.json() == expected
    moved = await client.post(f"{path}/enrol", json=body | {"expected": expected["entering"] + 1})
    assert (moved.status_code, moved.json()["code"], moved.json()["errors"][0]["path"]) == (
        409,
        "count_moved",
        "expected",
    )
    done = await client.post(f"{path}/enrol", json=body | {"expected": expected["entering"]})
    assert done.json()["entered"] == expected["entering"]


async def test_acts_of_a_journey_are_refused_when_the_number_moved(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    await shop.members(3)
    async with shop.db.transaction() as tx:
        known = await references.load(tx, shop.workspace_id)
    path = f"/api/v1/journeys/{(await live(shop, graph(n1=send()), known)).id}"
    assert (await client.post(f"{path}/publish", json={"expected": 1})).json()["code"] == "count_moved"
    assert (await client.post(f"{path}/publish", json={"expected": 0})).status_code == 200
    assert (await client.post(f"{path}/publish")).status_code == 200
    ids = await shop.members(2, opted_in="webhook")
    await client.post(f"{path}/enrol", json={"member_ids": ids})
    await round_at(shop, NOON)
    assert (await client.post(f"{path}/pause")).json()["messages"]["held"] == 2
    for verb in ("resume", "end"):
        moved = await client.post(f"{path}/{verb}", json={"messages": "send", "expected": 1})
        assert (moved.status_code, moved.json()["code"]) == (409, "count_moved")
    clock.freeze(NOON + timedelta(days=31))
    async with shop.client() as later:
        assert (await later.get(path)).json()["messages"]["expired"] == 2
        assert (await later.post(f"{path}/resume", json={"messages": "send", "expected": 2})).status_code == 200


async def test_a_merge_says_what_it_does_to_journeys(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    async with shop.db.transaction() as tx:
        known = await references.load(tx, shop.workspace_id)
    winner, loser = await shop.members(2)
    alone, both = [await live(shop, graph(n1=wait(60)), known, name) for name in ("独", "同")]
    await enrol(shop, alone, [loser])
    await enrol(shop, both, [winner, loser])
    path = f"/api/v1/members/{winner}/merge-journeys"
    preview = (await client.get(path, params={"other_id": loser})).json()
    assert [(run["name"], run["goes_on"]) for run in preview["runs"]] == [("同", False), ("独", True)]
    assert preview["text"]["zh"] == "对方正在走的旅程会由这位客户接着走：独；两人都在的旅程，对方那一份会结束：同"
    assert (await client.get(path, params={"other_id": 9_999})).status_code == 404


async def test_a_preview_of_nobody_is_refused_by_the_field(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    async with shop.db.transaction() as tx:
        known = await references.load(tx, shop.workspace_id)
    journey = await live(shop, graph(n1=wait(60)), known)
    for verb in ("enrol-preview", "enrol"):
        for body in BODIES:
            refused = await client.post(f"/api/v1/journeys/{journey.id}/{verb}", json=body)
            assert refused.status_code == 422, (verb, body)
            assert refused.json()["errors"][0]["path"] in ("member_ids", "audience")
