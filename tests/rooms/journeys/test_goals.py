"""Goals count after the last step, are worth money, and are none where none is set; held-out members are marked in the data."""

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from siyu.content import actions as content
from siyu.journeys.actions import authoring
from siyu.journeys.steps import queries as references
from tests.rooms.insight.past import ask
from tests.rooms.journeys.world import enrol, furnish, graph, live, round_at, rows, send, wait
from tests.world import NOON, Shop

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def known(shop: Shop) -> Any:
    async with shop.db.transaction() as tx:
        return await references.load(tx, shop.workspace_id)


async def test_a_goal_counts_after_the_last_step_while_its_time_lasts(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    inside, soon, late, never = await shop.members(4, opted_in="webhook")
    drawn = graph(n1=wait(86_400)) | {"goal": {"fact": "order_paid", "after": 3 * 86_400}}
    journey = await live(shop, drawn, await known(shop))
    await enrol(shop, journey, [inside, soon, late, never])
    await round_at(shop, NOON)
    await shop.paid((inside, NOON + HOUR), amount=5_000)
    await round_at(shop, NOON + DAY)  # the others come to the end
    await shop.paid((soon, NOON + 3 * DAY), amount=7_000)
    await shop.paid((soon, NOON + 3 * DAY + HOUR), amount=9_900)  # the first order is the goal, the next is not another
    await shop.paid((late, NOON + 4 * DAY + HOUR), amount=9_900)
    await round_at(shop, NOON + 5 * DAY)
    reached = await rows(shop, "SELECT member_id, goal_fen FROM enrolment WHERE goal_at IS NOT NULL ORDER BY member_id")
    assert reached == [(inside, 5_000), (soon, 7_000)]
    facts = await rows(
        shop, "SELECT member_id, CAST(props->>'amount' AS int) FROM fact WHERE name = 'journey_goal_reached' ORDER BY 1"
    )
    assert facts == reached
    line = (await client.get(f"/api/v1/journeys/{journey.id}")).json()
    assert (line["finished"], line["goals"], line["goal_fen"]) == (4, 2, 12_000)
    # what was brought in late was paid in time
    (version,) = (await client.get(f"/api/v1/journeys/{journey.id}/versions")).json()["items"]
    assert (version["entered"], version["goals"], version["goal_fen"]) == (4, 2, 12_000)


async def test_no_goal_is_not_a_goal_that_nobody_reached(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    members = await shop.members(12, opted_in="webhook")
    aimless = await live(shop, graph(n1=wait(60)), await known(shop), name="无目标")
    aiming = await live(shop, graph(n1=wait(60)) | {"goal": {"fact": "order_paid"}}, await known(shop), name="有目标")
    for journey in (aimless, aiming):
        await enrol(shop, journey, members, NOON - DAY)
    await shop.catch_up()
    assert (await client.get(f"/api/v1/journeys/{aimless.id}/counts")).json()["goals"] is None
    assert (await client.get(f"/api/v1/journeys/{aiming.id}/counts")).json()["goals"] == 0
    report = {row["journey"]: row for row in (await ask(client, "journeys"))["rows"]}
    assert (report["无目标"]["goals"], report["无目标"]["goal_rate"]) == (None, None)
    assert (report["有目标"]["goals"], report["有目标"]["goal_rate"]) == (0, 0)


async def test_whose_last_message_waits_has_not_finished(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    waits, sent = await shop.members(2, opted_in="webhook")
    journey = await live(shop, graph(n1=send()), await known(shop))
    await enrol(shop, journey, [waits, sent])
    await round_at(shop, NOON)
    assert await rows(shop, "SELECT DISTINCT state FROM enrolment") == [("finished",)]
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE message SET state = 'delivered' WHERE member_id = :id"), {"id": sent})
    path = f"/api/v1/journeys/{journey.id}"
    line = (await client.get(path)).json()
    assert (line["awaiting"], line["finished"]) == (1, 1)
    for state, member in (("awaiting", waits), ("finished", sent)):
        page = (await client.get(f"{path}/enrolments", params={"state": state})).json()
        assert ([run["member_id"] for run in page["items"]], page["total"]) == ([member], 1)
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE message SET state = 'delivered'"))
    line = (await client.get(path)).json()
    assert (line["awaiting"], line["finished"]) == (0, 2)


async def test_held_out_members_are_marked_where_the_arm_is(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    members = await shop.members(60, opted_in="webhook")
    arms = [{"key": "a", "share": 50}, {"key": "quiet", "share": 50, "holdout": True}]
    split = {"kind": "split", "arms": arms, "next": {"a": "n2", "quiet": "end"}}
    journey = await live(shop, graph(n1=split, n2=send()), await known(shop))
    await enrol(shop, journey, members, NOON - 20 * DAY)
    await round_at(shop, NOON - 20 * DAY)
    await shop.catch_up()
    held = {row[0] for row in await rows(shop, "SELECT member_id FROM fact WHERE name = 'journey_held_out'")}
    written = {row[0] for row in await rows(shop, "SELECT member_id FROM message")}
    assert held and written and held | written == set(members) and not held & written
    (row,) = (await ask(client, "journeys"))["rows"]
    assert (row["holdout"], row["treated"]) == (len(held), len(written))
    # the same people as an audience, whatever an exit reason says
    tree = {"journey": {"name": "旅程", "did": "held"}}
    assert (await client.post("/api/v1/audience-count", json={"tree": tree})).json()["count"] == len(held)


async def test_every_difference_between_versions_is_told(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    first = graph(n1=send("n2"), n2=wait(86_400)) | {"goal": {"fact": "order_paid"}}
    journey = await live(shop, first, await known(shop))
    async with shop.db.transaction() as tx:
        template = int(await tx.scalar(text("SELECT id FROM template")) or 0)
        await content.revise(
            tx,
            shop.caller,
            template,
            name="你好",
            body="{{ member.name }}，好久不见。",
            attachments=[],
            attributes=[],
            now=NOON + HOUR,
        )
        second = graph(
            reentry={"kind": "after_finish", "days": 30}, n1=send("n2"), n2=wait(2 * 86_400), n3=wait(60)
        ) | {"exits": [{"fact": "consent_withdrawn"}]}
        await authoring.update(tx, shop.caller, journey.id, None, second, NOON + 2 * HOUR)
        second["nodes"]["n2"]["next"] = {"done": "n3"}
        await authoring.update(tx, shop.caller, journey.id, None, second, NOON + 2 * HOUR)
        await authoring.publish(
            tx, shop.caller, journey.id, await references.load(tx, shop.workspace_id), NOON + 3 * HOUR
        )
    answer = await client.get(f"/api/v1/journeys/{journey.id}/compare", params={"left": 1, "right": 2})
    shown = {
        (item["node"], item["what"]["zh"]): (item["before"]["zh"], item["after"]["zh"])
        for item in answer.json()["items"]
    }
    assert shown == {
        (None, "目标"): ("行为：支付订单", "—"),
        (None, "类型"): ("每人只进入一次", "完成后可以再次进入"),
        (None, "间隔至少（天）"): ("—", "30"),
        (None, "退出条件 1"): ("—", "行为：退订"),
        ("n1", "文案"): ("{{ member.name }}，你好。", "{{ member.name }}，好久不见。"),
        ("n2", "等待时长"): ("1 天", "2 天"),
        ("n2", "走向（done）"): ("退出旅程", "等待"),
        ("n3", "步骤"): ("—", "等待"),
    }
    same = await client.get(f"/api/v1/journeys/{journey.id}/compare", params={"left": 2, "right": 0})
    assert same.json()["items"] == []
    assert (await client.get(f"/api/v1/journeys/{journey.id}/compare", params={"left": 9})).status_code == 404
