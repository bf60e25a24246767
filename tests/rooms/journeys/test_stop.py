"""Stop means stop: pausing holds what a journey planned and says how many, resuming and ending ask what becomes of it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from siyu.journeys.models import Journey
from siyu.journeys.steps import queries as references
from tests.rooms.journeys.world import enrol, furnish, graph, live, round_at, rows, send
from tests.world import NOON, Shop

STATES = "SELECT state, reason FROM message ORDER BY id"


@pytest.fixture
async def waiting(shop: Shop) -> Journey:
    """A journey that has planned three messages, none of which has gone out."""
    await furnish(shop)
    async with shop.db.transaction() as tx:
        known = await references.load(tx, shop.workspace_id)
    journey = await live(shop, graph(n1=send()), known)
    await enrol(shop, journey, await shop.members(3, opted_in="webhook"))
    await round_at(shop, NOON)
    assert await rows(shop, STATES) == [("queued", None)] * 3
    return journey


async def ask(client: httpx.AsyncClient, journey: Journey, verb: str, **body: Any) -> Any:
    answer = await client.post(f"/api/v1/journeys/{journey.id}/{verb}", json=body or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_pausing_holds_what_waits_and_says_how_many(
    shop: Shop, client: httpx.AsyncClient, waiting: Journey
) -> None:
    before = (await client.get(f"/api/v1/journeys/{waiting.id}")).json()
    assert before["messages"] == {"queued": 3, "held": 0, "sending": 0, "expired": 0}
    paused = await ask(client, waiting, "pause")
    assert (paused["state"], paused["messages"]) == ("paused", {"queued": 0, "held": 3, "sending": 0, "expired": 0})
    assert await rows(shop, STATES) == [("held", None)] * 3
    trail = (await client.get("/api/v1/audit")).json()["items"]
    assert trail[0]["props"] == {"what": "journey", "verb": "paused", "subject": "旅程", "detail": {"messages": 3}}


@pytest.mark.parametrize(
    ("messages", "after"), [("send", [("queued", None)] * 3), ("cancel", [("withheld", "cancelled")] * 3)]
)
async def test_resuming_sends_or_cancels_what_was_held(
    shop: Shop, client: httpx.AsyncClient, waiting: Journey, messages: str, after: list[tuple[str, str | None]]
) -> None:
    await ask(client, waiting, "pause")
    resumed = await ask(client, waiting, "resume", messages=messages)
    assert (resumed["state"], resumed["messages"]["held"]) == ("live", 0)
    assert await rows(shop, STATES) == after
    # and what it plans from now on goes out
    await enrol(shop, waiting, (await shop.members(4, opted_in="webhook"))[3:])
    await round_at(shop, NOON + timedelta(minutes=1))
    assert (await rows(shop, STATES))[3:] == [("queued", None)]
    assert await rows(shop, "SELECT source FROM message_hold") == []


@pytest.mark.parametrize(
    ("messages", "after"), [("send", [("queued", None)] * 3), ("cancel", [("withheld", "cancelled")] * 3)]
)
@pytest.mark.parametrize("paused", [False, True])
async def test_ending_asks_what_becomes_of_what_waits(
    shop: Shop,
    client: httpx.AsyncClient,
    waiting: Journey,
    paused: bool,
    messages: str,
    after: list[tuple[str, str | None]],
) -> None:
    if paused:
        await ask(client, waiting, "pause")
    refused = await client.post(f"/api/v1/journeys/{waiting.id}/end", json={})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "messages")
    ended = await ask(client, waiting, "end", messages=messages)
    assert ended["state"] == "ended"
    assert await rows(shop, STATES) == after


async def test_a_template_knows_the_journeys_that_send_by_it(
    client: httpx.AsyncClient, waiting: Journey, shop: Shop
) -> None:
    [(template_id,)] = await rows(shop, "SELECT id FROM template")
    use = (await client.get(f"/api/v1/templates/{template_id}/use")).json()
    assert use == {"users": [{"kind": "journey", "id": waiting.id, "name": "旅程"}], "waiting": 3}
    await ask(client, waiting, "end", messages="cancel")
    assert (await client.get(f"/api/v1/templates/{template_id}/use")).json() == {"users": [], "waiting": 0}


async def test_the_canvas_counts_what_is_held(client: httpx.AsyncClient, waiting: Journey) -> None:
    await ask(client, waiting, "pause")
    counts = (await client.get(f"/api/v1/journeys/{waiting.id}/counts")).json()
    assert (counts["nodes"]["n1"]["messages"]["held"], counts["nodes"]["n1"]["messages"]["queued"]) == (3, 0)
