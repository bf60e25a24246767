"""Intents: once each, withheld with a reason, and caps that hold whoever plans at the same time."""

import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from siyu.channels.messages.actions.plan import plan
from siyu.contacts.consents import actions as contact_consents
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.merges import actions as contact_merges
from siyu.kit.errors import Invalid
from tests.rooms.channels.conftest import Desk
from tests.world import NOON

WEEK_CAP = [{"channel": None, "count": 1, "days": 7}]
PLAN_SECONDS_MAX = 12.0
"""20,000 intents on 2 cores that others use too; alone it takes about 3."""


async def test_a_second_intent_with_the_key_is_the_first_ones_echo(desk: Desk) -> None:
    intent = desk.intent("an")
    first = await desk.plan([intent])
    again = await desk.plan([intent, intent])
    assert again == [first[0], first[0]]
    assert len(await desk.states()) == 1
    assert len(await desk.facts("message_queued")) == 1


async def test_two_intents_of_one_key_in_one_call_are_one_message(desk: Desk) -> None:
    intent = desk.intent("an")
    planned = await desk.plan([intent, intent, desk.intent("bo")])
    assert planned[0] == planned[1] != planned[2]
    assert len(await desk.states()) == 2


async def test_the_same_key_planned_by_two_at_once_is_one_message(desk: Desk) -> None:
    intents = [desk.intent(name) for name in desk.members]
    planned = await asyncio.gather(*(desk.plan(list(reversed(intents)) if n % 2 else intents) for n in range(6)))
    assert {frozenset(plan.message_id for plan in answer) for answer in planned} == {
        frozenset(outcome.message_id for outcome in planned[0])
    }
    assert len(await desk.states()) == len(intents)


async def test_withheld_messages_say_why_and_are_kept(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.consent(["bo"], False)
    async with desk.shop.db.transaction() as tx:
        await contact_consents.suppress(
            tx, desk.shop.workspace_id, [desk.members["cai"]], "*", "complaint", actor="system", now=NOON
        )
        (stranger,) = await contact_members.upsert(
            tx,
            desk.shop.workspace_id,
            [MemberRow({"phone": "13800138000"}, consents={"wecom": True})],
            source="test",
            actor="system",
            now=NOON,
        )
    desk.members["far"] = stranger.member_id
    desk.sim.post("customers/delete", userid="wang", external_userid="wm_en")
    planned = await desk.plan(
        [
            desk.intent("bo"),
            desk.intent("cai"),
            desk.intent("far"),
            desk.intent("an", channel="webhook"),
            desk.intent("dong", template_id=9_999),
        ]
    )
    reasons = ["withdrawn", "suppressed", "not_yet_friend", "no_account", "template_failed"]
    assert [(plan.state, plan.reason) for plan in planned] == [("withheld", reason) for reason in reasons]
    assert [fact["reason"] for fact in await desk.facts("message_withheld")] == reasons
    log = (await client.get("/api/v1/messages", params={"state": "withheld"})).json()
    assert log["total"] == 5
    assert [item["reason"] for item in reversed(log["items"])] == reasons
    assert all(item["reason_zh"] and item["reason_en"] for item in log["items"])
    await desk.dispatch()
    desk.sim.post("run", force=True)
    assert desk.sim.counts()["received"] == 0


async def test_what_makes_no_sense_is_refused_whole(desk: Desk) -> None:
    for changes in ({"channel": "pigeon"}, {"purpose": "spam"}, {"on_cap": "shout"}, {"member_id": 10**9}):
        with pytest.raises(Invalid):
            await desk.plan([desk.intent("an"), desk.intent("bo", **changes)])
    assert await desk.states() == []


async def test_of_two_to_one_member_the_first_is_let_through(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.calm(client, caps=WEEK_CAP)
    planned = await desk.plan([desk.intent("an"), desk.intent("an"), desk.intent("an", on_cap="drop")])
    assert [(plan.state, plan.reason) for plan in planned] == [("queued", None), ("queued", "cap"), ("withheld", "cap")]
    assert planned[1].due_at > NOON


async def test_caps_hold_over_all_journeys_however_many_plan_at_once(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.calm(client, caps=[{"channel": "wecom", "count": 2, "days": 7}])
    batches = [
        [desk.intent(name, source=f"journey:{n}", on_cap="drop") for name in sorted(desk.members, reverse=n % 2 == 0)]
        for n in range(8)
    ]
    answers = await asyncio.gather(*(desk.plan(batch) for batch in batches))
    let = [plan for answer in answers for plan in answer if plan.state == "queued"]
    assert len(let) == 2 * len(desk.members)
    counted = await desk.rows("SELECT member_id, count(*) FROM message WHERE counts_at IS NOT NULL GROUP BY 1")
    assert {row[1] for row in counted} == {2}
    await desk.dispatch()
    desk.sim.post("run", force=True)
    assert desk.sim.counts()["by_customer_max"] == 2


async def test_a_merged_members_messages_count_as_the_one_persons(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.calm(client, caps=WEEK_CAP)
    await desk.plan([desk.intent("an")])
    async with desk.shop.db.transaction() as tx:
        await contact_merges.merge(
            tx,
            desk.shop.workspace_id,
            desk.members["bo"],
            desk.members["an"],
            reason="one person",
            actor="system",
            now=NOON,
        )
    planned = await desk.plan([desk.intent("bo", on_cap="drop"), desk.intent("an", on_cap="drop")])
    assert [(plan.state, plan.reason) for plan in planned] == [("withheld", "cap")] * 2
    rows = await desk.rows("SELECT DISTINCT member_id FROM message WHERE state = 'withheld'")
    assert [row.member_id for row in rows] == [desk.members["bo"]]


async def test_planning_an_audience_takes_seconds(desk: Desk, client: httpx.AsyncClient) -> None:
    count = 20_000
    await desk.calm(client, caps=[{"channel": None, "count": 3, "days": 7}], quiet={"start": "21:00", "end": "09:00"})
    members = await desk.shop.members(count, opted_in="wecom")
    await desk.rows(
        """
        WITH linked AS (
            INSERT INTO friend_link (account_id, staff, member_id, address, added_at)
            SELECT :account, 'li', id, 'wmx' || id, :now FROM member WHERE source = 'test' RETURNING 1)
        SELECT count(*) FROM linked
        """,
        account=desk.account_id,
        now=NOON,
    )
    desk.members |= {str(n): member for n, member in enumerate(members)}
    intents = [desk.intent(str(n)) for n in range(count)]
    begun = time.monotonic()
    async with desk.shop.db.transaction() as tx:
        planned = await plan(tx, intents, NOON)
    assert time.monotonic() - begun < PLAN_SECONDS_MAX
    assert {outcome.state for outcome in planned} == {"queued"}
    again = time.monotonic()
    assert await desk.plan(intents, NOON + timedelta(minutes=1)) == planned
    assert time.monotonic() - again < PLAN_SECONDS_MAX
