"""Enrolling says how many before anybody enters, and as many enter then."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from siyu.journeys.steps import queries as references
from tests.rooms.journeys.world import enrol, furnish, graph, live, round_at, rows, wait
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
    assert (await client.post(f"{path}/enrol", json=body)).json()["entered"] == expected["entering"]


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
