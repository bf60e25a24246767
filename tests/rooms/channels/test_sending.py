"""From intent to the customer's phone, and what the platform makes of it. What was received is counted in the simulator."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from siyu.channels.accounts import connection
from siyu.channels.accounts.queries import account_rows, opened
from siyu.channels.inbound.jobs import sync
from tests.rooms.channels.conftest import Desk
from tests.world import NOON


async def test_a_message_is_planned_sent_confirmed_and_delivered(desk: Desk) -> None:
    planned = await desk.plan([desk.intent("an"), desk.intent("bo"), desk.intent("dong")])
    assert [plan.state for plan in planned] == ["queued"] * 3
    await desk.dispatch()
    assert await desk.states() == [("sent", None)] * 3
    assert desk.sim.counts()["received"] == 0
    assert desk.sim.post("run")["sent"] == 3
    await desk.settle()
    assert await desk.states() == [("delivered", None)] * 3
    assert desk.sim.received_by("wm_an") == ["an，今天有新到的草莓"]
    assert desk.sim.counts()["duplicates"] == 0
    for name in ("message_queued", "message_sent", "message_delivered"):
        assert [fact["member_id"] for fact in await desk.facts(name)] == [desk.members[n] for n in ("an", "bo", "dong")]
    assert await desk.rows("SELECT 1 FROM dispatch WHERE closed_at IS NULL") == []


async def test_a_deferred_message_goes_when_the_night_is_over_and_counts_then(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await desk.calm(client, caps=[{"channel": None, "count": 1, "days": 7}], quiet={"start": "21:00", "end": "09:00"})
    night = NOON + timedelta(hours=10)
    (planned,) = await desk.plan([desk.intent("an")], night)
    morning = datetime(2026, 3, 19, 1, 0, tzinfo=UTC)
    assert (planned.state, planned.reason, planned.due_at) == ("queued", "quiet_hours", morning)
    await desk.dispatch(morning - timedelta(seconds=1))
    assert await desk.states() == [("queued", "quiet_hours")]
    # what is deferred holds no place: a service message and another's broadcast pass it by
    await desk.dispatch(morning)
    assert await desk.states() == [("sent", None)]
    (row,) = await desk.rows("SELECT counts_at FROM message")
    assert row.counts_at == morning
    (late,) = await desk.plan([desk.intent("an")], morning + timedelta(hours=1))
    assert (late.state, late.reason) == ("queued", "cap")


async def test_quiet_hours_are_looked_at_again_when_it_is_sent(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.plan([desk.intent("an")])
    await desk.calm(client, quiet={"start": "11:00", "end": "13:00"})
    await desk.dispatch()
    assert await desk.states() == [("queued", "quiet_hours")]
    assert (await desk.rows("SELECT counts_at FROM message"))[0].counts_at is None
    await desk.dispatch(NOON + timedelta(hours=1))
    assert await desk.states() == [("sent", None)]


async def test_who_opts_out_in_between_gets_nothing(desk: Desk) -> None:
    await desk.plan([desk.intent("an"), desk.intent("bo")])
    await desk.consent(["an"], False)
    desk.sim.post("customers/delete", userid="li", external_userid="wm_bo")
    async with desk.shop.db.transaction() as tx:
        account = opened((await account_rows(tx))[0])
    await sync(desk.shop.db, account, NOON)
    await desk.dispatch()
    assert await desk.states() == [("withheld", "withdrawn"), ("withheld", "not_yet_friend")]
    assert [fact["reason"] for fact in await desk.facts("message_withheld")] == ["withdrawn", "not_yet_friend"]


async def test_one_content_and_sender_are_one_call(desk: Desk) -> None:
    same = await desk.template("通知", "今天有新到的草莓")
    await desk.plan([desk.intent(name, template_id=same) for name in desk.members])
    await desk.dispatch()
    assert desk.sim.counts()["messages"] == 2
    assert desk.sim.post("run")["sent"] == len(desk.members)
    await desk.settle()
    assert set(await desk.states()) == {("delivered", None)}


async def test_what_cannot_be_written_is_withheld_and_holds_up_nobody(desk: Desk) -> None:
    bad = await desk.template("坏", "{{ 1 | divided_by: member.name }}")
    await desk.plan([desk.intent("an", template_id=bad), desk.intent("bo")])
    await desk.dispatch()
    assert await desk.states() == [("withheld", "template_failed"), ("sent", None)]


async def test_staff_who_lost_the_friend_and_customers_at_their_limit_fail_by_name(desk: Desk) -> None:
    await desk.plan([desk.intent("an"), desk.intent("bo"), desk.intent("dong")])
    await desk.dispatch()
    desk.sim.post("customers/delete", userid="li", external_userid="wm_an")
    desk.sim.post("limits", group_send_month=1)
    desk.sim.post("run", userid="wang")
    await desk.settle()
    await desk.plan([desk.intent("dong", values={"member": {"name": "again"}})], NOON)
    await desk.dispatch()
    desk.sim.post("run")
    await desk.settle()
    assert await desk.states() == [
        ("failed", "not_friend"),
        ("delivered", None),
        ("delivered", None),
        ("failed", "customer_limit"),
    ]
    assert [fact["reason"] for fact in await desk.facts("message_failed")] == ["not_friend", "customer_limit"]


async def test_a_gone_friend_named_by_the_call_itself_fails_at_once(desk: Desk) -> None:
    same = await desk.template("通知", "今天有新到的草莓")
    desk.sim.post("customers/delete", userid="li", external_userid="wm_an")
    await desk.plan([desk.intent("an", template_id=same), desk.intent("bo", template_id=same)])
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    assert await desk.states() == [("failed", "not_friend"), ("sent", None), ("failed", "not_friend")]


async def test_over_the_rate_nothing_is_lost_and_nothing_goes_twice(desk: Desk) -> None:
    desk.sim.post("faults", path="externalcontact/add_msg_template", errcode=45009, times=1)
    await desk.plan([desk.intent(name) for name in desk.members])
    await desk.dispatch()
    states = await desk.states()
    assert ("queued", "busy") in states and {state for state, _ in states} <= {"queued", "sent"}
    await desk.dispatch(NOON + timedelta(seconds=30))
    await desk.dispatch(NOON + timedelta(seconds=61))
    desk.sim.post("run", force=True)
    assert desk.sim.counts()["received"] == len(desk.members)
    assert desk.sim.counts()["duplicates"] == 0
    assert {state for state, _ in await desk.states()} == {"sent"}


async def test_a_lost_answer_is_in_doubt_and_left_to_a_person(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.sim.post("faults", path="externalcontact/add_msg_template", when="after", drop=True, times=1)
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    assert await desk.states() == [("in_doubt", "lost")]
    assert len(await desk.facts("message_in_doubt")) == 1
    for later in (1, 60, 600, 100_000):
        await desk.dispatch(NOON + timedelta(seconds=later))
    assert await desk.states() == [("in_doubt", "lost")]
    assert desk.sim.counts()["messages"] == 1
    (item,) = (await client.get("/api/v1/messages", params={"state": "in_doubt"})).json()["items"]
    answer = await client.post(f"/api/v1/messages/{item['id']}/resolve", json={"outcome": "delivered"})
    assert answer.json() == {"id": item["id"], "state": "delivered", "reason": None}
    again = await client.post(f"/api/v1/messages/{item['id']}/resolve", json={"outcome": "failed"})
    assert (again.status_code, again.json()["code"]) == (409, "not_in_doubt")
    assert await desk.rows("SELECT 1 FROM dispatch WHERE closed_at IS NULL") == []


@pytest.mark.parametrize("fault", [{"http_status": 502}, {"drop": True}])
async def test_what_never_arrived_but_might_have_is_in_doubt_until_sent_again(
    desk: Desk, client: httpx.AsyncClient, fault: dict[str, Any]
) -> None:
    desk.sim.post("faults", path="externalcontact/add_msg_template", times=1, **fault)
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    assert await desk.states() == [("in_doubt", "lost")]
    (item,) = (await client.get("/api/v1/messages", params={"state": "in_doubt"})).json()["items"]
    await client.post(f"/api/v1/messages/{item['id']}/resolve", json={"outcome": "queued"})
    await desk.dispatch()
    desk.sim.post("run")
    await desk.settle()
    assert await desk.states() == [("delivered", None)]
    assert desk.sim.received_by("wm_an") == ["an，今天有新到的草莓"]


async def test_a_slow_platform_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.sim.post("faults", path="externalcontact/add_msg_template", delay_s=1.0, times=1)
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    assert await desk.states() == [("sent", None)]
    monkeypatch.setattr(connection, "TIMEOUT", httpx.Timeout(0.3))
    desk.sim.post("faults", path="externalcontact/add_msg_template", delay_s=1.0, times=1)
    await desk.plan([desk.intent("bo")])
    await desk.dispatch()
    assert (await desk.states())[1] == ("in_doubt", "lost")


async def test_an_account_in_trouble_keeps_its_messages_and_says_so(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.sim.post("faults", path="externalcontact/add_msg_template", errcode=60020, times=1)
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    assert await desk.states() == [("queued", "account_trouble")]
    (account,) = (await client.get("/api/v1/channel-accounts")).json()["items"]
    assert "60020" in account["trouble"]
    await desk.dispatch(NOON + timedelta(minutes=5))
    assert await desk.states() == [("sent", None)]
    (account,) = (await client.get("/api/v1/channel-accounts")).json()["items"]
    assert account["trouble"] is None


async def test_a_refusal_fails_with_the_platforms_words(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.sim.post("faults", path="externalcontact/add_msg_template", errcode=40058, times=1)
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    (item,) = (await client.get("/api/v1/messages")).json()["items"]
    assert (item["state"], item["reason"]) == ("failed", "refused")
    assert "40058" in item["detail"]


async def test_an_unreachable_platform_loses_nothing(desk: Desk) -> None:
    await desk.rows(
        'UPDATE channel_account SET config = config || \'{"base_url": "http://127.0.0.1:9"}\'::jsonb RETURNING 1'
    )
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    assert await desk.states() == [("queued", "busy")]


async def test_a_token_that_ended_is_fetched_anew_once_for_all(desk: Desk) -> None:
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    desk.sim.post("tokens/expire", forget=True)
    desk.sim.post("faults", path="gettoken", delay_s=0.2)
    await desk.plan([desk.intent("bo"), desk.intent("cai"), desk.intent("dong"), desk.intent("en")])
    await asyncio.gather(*(desk.dispatch() for _ in range(3)))
    assert {state for state, _ in await desk.states()} == {"sent"}
    (fault,) = desk.sim.get("faults")["faults"]
    assert fault["seen"] == 1


async def test_many_senders_at_once_send_each_message_once(desk: Desk) -> None:
    await desk.plan([desk.intent(name, values={"n": n}) for n in range(3) for name in desk.members])
    await asyncio.gather(*(desk.dispatch() for _ in range(5)))
    desk.sim.post("run", force=True)
    assert desk.sim.counts()["received"] == 3 * len(desk.members)
    assert {state for state, _ in await desk.states()} == {"sent"}


async def test_staff_who_never_confirm_are_asked_no_more_and_the_place_is_free(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await desk.calm(client, caps=[{"channel": None, "count": 1, "days": 7}])
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    await desk.settle(NOON + timedelta(days=6))
    assert await desk.states() == [("sent", None)]
    await desk.settle(NOON + timedelta(days=7))
    assert await desk.states() == [("failed", "staff_not_confirmed")]
    assert desk.sim.post("run", force=True)["sent"] == 0
    (planned,) = await desk.plan([desk.intent("an")], NOON + timedelta(days=7))
    assert planned.reason is None


async def test_a_late_confirmation_counts_from_when_it_was_received(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.calm(client, caps=[{"channel": None, "count": 1, "days": 7}])
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    later = NOON + timedelta(days=3)
    desk.sim.post("clock", now=later.timestamp())
    desk.sim.post("run", force=True)
    await desk.settle(later + timedelta(hours=1))
    (planned,) = await desk.plan([desk.intent("an")], NOON + timedelta(days=8))
    assert (planned.reason, planned.due_at) == ("cap", later + timedelta(days=7))
