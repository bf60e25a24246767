"""Stopping what waits: what is held or cancelled never reaches the platform, whatever a sender had in hand."""

from datetime import timedelta

import httpx
import pytest

from siyu.channels.accounts.queries import account_rows, opened
from siyu.channels.messages.actions import holds, outcomes
from siyu.channels.messages.actions.send import prepare_calls
from siyu.channels.messages.jobs import make
from siyu.channels.messages.queries import waiting
from tests.rooms.channels.conftest import Desk
from tests.world import NOON

JOURNEY = "journey:7"
HOUR = timedelta(hours=1)


async def hold(desk: Desk) -> int:
    async with desk.shop.db.transaction() as tx:
        return await holds.hold(tx, desk.shop.workspace_id, JOURNEY, "user:1", NOON)


async def let_go(desk: Desk) -> int:
    async with desk.shop.db.transaction() as tx:
        return await holds.let_go(tx, desk.shop.workspace_id, JOURNEY, NOON + HOUR)


async def test_a_held_source_sends_nothing_until_it_is_let_go(desk: Desk) -> None:
    await desk.plan([desk.intent("an", source=JOURNEY), desk.intent("bo", source=JOURNEY), desk.intent("dong")])
    assert await hold(desk) == 2
    await desk.dispatch()
    assert await desk.states() == [("held", None), ("held", None), ("sent", None)]
    assert desk.sim.counts()["messages"] == 1
    async with desk.shop.db.transaction() as tx:
        left = await waiting(tx, desk.shop.workspace_id, JOURNEY, NOON)
    assert (left.queued, left.held, left.sending, left.expired) == (0, 2, 0, 0)
    async with desk.shop.db.transaction() as tx:
        assert (await waiting(tx, desk.shop.workspace_id, JOURNEY, NOON + 31 * 24 * HOUR)).expired == 2
    assert await let_go(desk) == 2
    await desk.dispatch(NOON + HOUR)
    assert await desk.states() == [("sent", None)] * 3


async def test_what_is_planned_or_comes_back_while_it_is_held_waits_too(desk: Desk) -> None:
    await hold(desk)
    await desk.plan([desk.intent("an", source=JOURNEY)])
    await desk.dispatch()
    assert await desk.states() == [("held", None)]
    assert desk.sim.counts()["messages"] == 0


async def test_a_call_that_was_prepared_but_not_made_is_taken_back(desk: Desk) -> None:
    """The pause falls between the two transactions of a sender."""
    await desk.plan([desk.intent("an", source=JOURNEY), desk.intent("dong")])
    async with desk.shop.db.transaction() as tx:
        account = opened((await account_rows(tx))[0])
        prepared = await prepare_calls(tx, account, NOON, by="w1", public_url="http://x", rows_max=100)
    assert await desk.states() == [("sending", None)] * 2
    assert await hold(desk) == 0
    async with httpx.AsyncClient() as client:
        await make(desk.shop.db, account, prepared.calls, client, NOON, by="w1")
    assert await desk.states() == [("queued", None), ("sent", None)]
    await desk.dispatch()
    assert await desk.states() == [("held", None), ("sent", None)]
    assert desk.sim.counts()["messages"] == 1


async def test_an_ended_source_cancels_what_waits_and_what_comes_back(desk: Desk) -> None:
    await desk.plan([desk.intent("an", source=JOURNEY), desk.intent("bo", source=JOURNEY)])
    async with desk.shop.db.transaction() as tx:
        assert await holds.end(tx, desk.shop.workspace_id, JOURNEY, "user:1", NOON) == 2
    await desk.plan([desk.intent("cai", source=JOURNEY)])
    await desk.dispatch()
    assert await desk.states() == [("withheld", "cancelled")] * 3
    assert desk.sim.counts()["messages"] == 0
    assert [fact["reason"] for fact in await desk.facts("message_withheld")] == ["cancelled"] * 3


async def test_a_lost_answer_of_a_held_source_is_not_asked_again(desk: Desk) -> None:
    """A call whose lease ran out is not made a second time while its source is held."""
    await desk.plan([desk.intent("an", source=JOURNEY)])
    async with desk.shop.db.transaction() as tx:
        account = opened((await account_rows(tx))[0])
        prepared = await prepare_calls(tx, account, NOON, by="w1", public_url="http://x", rows_max=100)
        await outcomes.mark_called(tx, prepared.calls, NOON, by="w1")
    await hold(desk)
    async with desk.shop.db.transaction() as tx:
        assert await outcomes.resume(tx, NOON + HOUR, by="w2") == []
    await desk.dispatch(NOON + HOUR)
    assert desk.sim.counts()["messages"] == 0


@pytest.mark.parametrize(
    ("criteria", "cancelled"),
    [
        ({}, ["an", "bo", "dong"]),
        ({"source": JOURNEY}, ["an", "bo"]),
        ({"journey_id": 7}, ["an", "bo"]),
        ({"state": "held"}, []),
        ({"channel": "email"}, []),
    ],
)
async def test_the_log_cancels_by_filter(
    desk: Desk, client: httpx.AsyncClient, criteria: dict[str, object], cancelled: list[str]
) -> None:
    await desk.plan([desk.intent("an", source=JOURNEY), desk.intent("bo", source=JOURNEY), desk.intent("dong")])
    answer = await client.post("/api/v1/messages/cancel", json=criteria)
    assert answer.json() == {"cancelled": len(cancelled)}
    await desk.dispatch()
    states = dict(zip(("an", "bo", "dong"), await desk.states(), strict=True))
    assert [name for name, state in states.items() if state == ("withheld", "cancelled")] == cancelled
    assert [name for name, state in states.items() if state == ("sent", None)] == [
        name for name in states if name not in cancelled
    ]


async def test_one_message_is_cancelled_once_and_a_sent_one_never(desk: Desk, client: httpx.AsyncClient) -> None:
    [first, second] = await desk.plan([desk.intent("an"), desk.intent("bo")])
    path = f"/api/v1/messages/{first.message_id}/cancel"
    assert (await client.post(path)).json()["state"] == "withheld"
    assert (await client.post(path)).json()["code"] == "not_waiting"
    await desk.dispatch()
    refused = await client.post(f"/api/v1/messages/{second.message_id}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_waiting")
    assert (await client.post("/api/v1/messages/999999/cancel")).status_code == 404


async def test_an_unknown_field_or_a_state_that_cannot_be_cancelled_is_refused(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await desk.plan([desk.intent("an")])
    for body in ({"state": "sent"}, {"chanel": "wecom"}):
        assert (await client.post("/api/v1/messages/cancel", json=body)).status_code == 422
    assert await desk.states() == [("queued", None)]


async def test_an_edited_template_reaches_what_waits_and_what_was_sent_keeps_its_version(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    await desk.plan([desk.intent("bo")])
    path = f"/api/v1/templates/{desk.template_id}"
    use = (await client.get(f"{path}/use")).json()
    assert use == {"users": [], "waiting": 1}
    name = (await client.get(path)).json()["name"]
    await client.put(path, json={"name": name, "body": "{{ member.name }}，改到明天了"})
    await desk.dispatch()
    rows = await desk.rows("SELECT template_version, content->>'text' AS said FROM message ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, "an，今天有新到的草莓"), (2, "bo，改到明天了")]


async def test_a_withdrawn_template_is_not_sent_any_more(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.plan([desk.intent("an")])
    assert (await client.delete(f"/api/v1/templates/{desk.template_id}")).status_code == 204
    [late] = await desk.plan([desk.intent("bo")])
    assert (late.state, late.reason) == ("withheld", "template_retired")
    await desk.dispatch()
    assert await desk.states() == [("withheld", "template_retired")] * 2
    assert desk.sim.counts()["messages"] == 0
