"""An operator draws a journey over HTTP, sees what is wrong, publishes it, and members walk through it for days."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from siyu.audience.refresh import jobs as audience
from siyu.facts.catalogue.channels import FriendAdded, MessageReceived
from siyu.facts.catalogue.contacts import ConsentWithdrawn
from siyu.facts.lake.relay import relay
from siyu.facts.log.subscribers import consume_new
from siyu.journeys import jobs
from siyu.kit import clock
from tests.rooms.journeys.world import furnish, graph, rows, send, tag, wait, wait_until
from tests.world import NOON, ZHOU, Shop, order_paid

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
BOUGHT = {"did": {"fact": "order_paid", "count": {">=": 1}, "within": "30d"}}


async def at(shop: Shop, by: timedelta) -> None:
    """Move the clock to NOON + `by` and do the worker's round."""
    clock.freeze(NOON + by)
    now = clock.now()
    for _ in range(2):
        await relay(shop.db, shop.lake)
        for subscriber in (*audience.SUBSCRIBERS, jobs.TRIGGERS):
            await consume_new(shop.db, subscriber, now)
    await audience.refresh(shop.db, shop.lake, now)
    await consume_new(shop.db, jobs.TRIGGERS, now)
    await jobs.tick(shop.db, shop.lake, now)


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
    answer = await client.post(f"/api/v1{path}", json=body or {})
    assert answer.status_code == status, answer.text
    return answer.json()


async def got(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def week() -> dict[str, Any]:
    """A message, a day, up to two days for an order, a branch, tags, and a last message whose template is missing."""
    return graph(
        n1=send("n2"),
        n2=wait(86_400, "n3"),
        n3=wait_until("order_paid", 2 * 86_400, "n4", "n4"),
        n4={
            "kind": "branch",
            "branches": [{"key": "bought", "label": "买过", "tree": BOUGHT}],
            "next": {"bought": "n5", "else": "n6"},
        },
        n5=tag("老客", "n7"),
        n6=tag("新客", "n7"),
        n7={"kind": "wait", "until": "10:00", "days": 2, "next": {"done": "n8"}},
        n8=send(template="不存在"),
    ) | {"exits": [{"fact": "consent_withdrawn"}]}


async def drawn_until_right(client: httpx.AsyncClient, buyer: int) -> str:
    """Draw the week, be told what is wrong, mend it and publish; returns the journey's path."""
    drawn = week()
    journey = await made(client, "/journeys", {"name": "一周", "draft": drawn}, 201)
    path = f"/journeys/{journey['id']}"

    wrong = await made(client, f"{path}/check")
    assert [fault["path"] for fault in wrong["errors"]] == ["nodes.n8.template"]
    refused = await client.post(f"/api/v1{path}/publish")
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "nodes.n8.template")
    early = await client.post(f"/api/v1{path}/enrol", json={"member_ids": [buyer]})
    assert (early.status_code, early.json()["code"]) == (409, "journey_not_published")

    drawn["nodes"]["n8"]["template"] = "你好"
    await client.put(f"/api/v1{path}", json={"draft": drawn})
    assert (await made(client, f"{path}/check"))["errors"] == []
    assert (await made(client, f"{path}/publish"))["version"] == 1
    return path


async def test_a_week_from_draft_to_the_last_message(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop, "老客", "新客")
    buyer, idle, gone = await shop.members(3, opted_in="webhook")
    path = await drawn_until_right(client, buyer)
    entered = await made(client, f"{path}/enrol", {"member_ids": [buyer, idle, gone, 99_999, buyer]})
    assert entered == {"entered": 3, "coming": False}
    assert (await made(client, f"{path}/enrol", {"member_ids": [buyer]}))["entered"] == 0

    await at(shop, timedelta())
    await shop.happen((gone, NOON + timedelta(hours=5), ConsentWithdrawn(channel="webhook", source="test")))
    await at(shop, timedelta(hours=5))
    await at(shop, DAY)
    await shop.paid((buyer, NOON + DAY + timedelta(hours=3)))
    await at(shop, DAY + timedelta(hours=3) + SECOND)
    counts = await got(client, f"{path}/counts")
    assert counts["nodes"]["n3"] == {
        "waiting": 1,
        "passed": 1,
        "left": 0,
        "exits": {"happened": 1},
        "left_why": {},
        "messages": None,
    }
    assert counts["nodes"]["n2"]["left_why"] == {"condition": 1}
    assert (counts["entered"], counts["active"], counts["exited"]) == (3, 2, 1)
    for day in range(2, 8):
        await at(shop, day * DAY)
    counts = await got(client, f"{path}/counts")
    # the last messages of both are planned and wait for their account
    assert (counts["active"], counts["awaiting"], counts["finished"], counts["exited"]) == (0, 2, 0, 1)
    assert counts["nodes"]["n4"]["exits"] == {"bought": 1, "else": 1}
    assert counts["nodes"]["n8"]["messages"]["queued"] == 2
    assert await rows(
        shop, "SELECT t.name, m.member_id FROM member_tag m JOIN tag t ON t.id = m.tag_id ORDER BY 2"
    ) == [
        ("老客", buyer),
        ("新客", idle),
    ]
    assert await rows(
        shop,
        "SELECT member_id, origin->>'step', planned_at - CAST(:noon AS timestamptz) FROM message ORDER BY id",
        noon=NOON,
    ) == [
        (buyer, "n1", timedelta()),
        (idle, "n1", timedelta()),
        (gone, "n1", timedelta()),
        (buyer, "n8", timedelta(days=3)),
        (idle, "n8", timedelta(days=5)),
    ]
    runs = await got(client, f"{path}/enrolments?state=exited")
    assert [(run["member_id"], run["node"], run["ended_why"]) for run in runs["items"]] == [(gone, "n2", "condition")]


async def test_versions_stay_and_can_be_moved(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    first, second = await shop.members(2, opted_in="webhook")
    journey = await made(client, "/journeys", {"name": "两版", "draft": graph(n1=wait(86_400, "n2"), n2=wait(60))}, 201)
    path = f"/journeys/{journey['id']}"
    await made(client, f"{path}/publish")
    await made(client, f"{path}/enrol", {"member_ids": [first]})
    await at(shop, timedelta())
    await client.put(f"/api/v1{path}", json={"draft": graph(n1=wait(3_600, "n3"), n3=send())})
    assert (await made(client, f"{path}/publish"))["version"] == 2
    assert (await made(client, f"{path}/publish"))["version"] == 2
    await made(client, f"{path}/enrol", {"member_ids": [second]})
    await at(shop, timedelta())
    listed = (await got(client, f"{path}/versions"))["items"]
    assert [(version["version"], version["active"]) for version in listed] == [(2, 1), (1, 1)]
    await at(shop, timedelta(hours=2))
    assert [run["state"] for run in (await got(client, f"{path}/enrolments"))["items"]] == ["awaiting", "active"]
    assert (await made(client, f"{path}/move", {"from_version": 1, "to_version": 2}))["moved"] == 1
    await at(shop, timedelta(hours=2))
    assert [run["state"] for run in (await got(client, f"{path}/enrolments"))["items"]] == ["awaiting", "awaiting"]
    assert await rows(shop, "SELECT member_id, intent_key FROM message ORDER BY id") == [
        (second, f"journey:{journey['id']}:2:n3:1:{second}"),
        (first, f"journey:{journey['id']}:2:n3:1:{first}"),
    ]


async def test_a_move_onto_a_step_that_is_gone_is_refused_by_name(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    [member] = await shop.members(1, opted_in="webhook")
    journey = await made(client, "/journeys", {"name": "两版", "draft": graph(n1=wait(86_400))}, 201)
    path = f"/journeys/{journey['id']}"
    await made(client, f"{path}/publish")
    await made(client, f"{path}/enrol", {"member_ids": [member]})
    await client.put(f"/api/v1{path}", json={"draft": graph(n2=wait(86_400))})
    await made(client, f"{path}/publish")
    refused = await client.post(f"/api/v1{path}/move", json={"from_version": 1, "to_version": 2})
    assert (refused.status_code, refused.json()["code"]) == (409, "journey_steps_gone")
    assert [fault["path"] for fault in refused.json()["errors"]] == ["nodes.n1"]


@pytest.mark.parametrize(
    ("reentry", "expected"),
    [
        ({"kind": "never"}, [1, 1, 1, 1]),
        ({"kind": "after_finish"}, [1, 1, 2, 3]),
        ({"kind": "after_finish", "days": 2}, [1, 1, 1, 2]),
        ({"kind": "always"}, [1, 2, 3, 4]),
        ({"kind": "always", "days": 1}, [1, 1, 2, 3]),
    ],
)
async def test_who_may_enter_again(
    shop: Shop, client: httpx.AsyncClient, reentry: dict[str, Any], expected: list[int]
) -> None:
    """Tries at 0 h (enters), 6 h (still inside), 24 h (just finished), 72 h."""
    await furnish(shop)
    [member] = await shop.members(1, opted_in="webhook")
    journey = await made(
        client, "/journeys", {"name": "再来", "draft": graph(reentry=reentry, n1=wait(12 * 3_600))}, 201
    )
    path = f"/journeys/{journey['id']}"
    await made(client, f"{path}/publish")
    entries = []
    for hours in (0, 6, 24, 72):
        await at(shop, timedelta(hours=hours))
        await made(client, f"{path}/enrol", {"member_ids": [member]})
        entries.append((await rows(shop, "SELECT max(entry) FROM enrolment"))[0][0])
    assert entries == expected
    assert await rows(shop, "SELECT count(*) FROM enrolment WHERE state = 'active'") <= [(1,)]


async def test_one_run_per_order(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    [member] = await shop.members(1, opted_in="webhook")
    trigger = {"kind": "fact", "fact": "order_paid", "where": [{"prop": "amount", ">=": 1_000}], "key": "order"}
    journey = await made(
        client, "/journeys", {"name": "售后", "draft": graph(trigger, n1=wait(3_600, "n2"), n2=send())}, 201
    )
    await shop.paid((member, NOON - timedelta(hours=1)))
    await made(client, f"/journeys/{journey['id']}/publish")
    for number, amount in ((1, 2_000), (2, 3_000), (2, 3_000), (3, 10)):
        await shop.happen((member, NOON + SECOND, order_paid(amount, order=f"o{number}")))
    await at(shop, 2 * SECOND)
    runs = (await got(client, f"/journeys/{journey['id']}/enrolments"))["items"]
    assert sorted((run["key"], run["entry"]) for run in runs) == [("o1", 1), ("o2", 2)]
    await at(shop, timedelta(hours=2))
    assert await rows(shop, "SELECT count(*), count(DISTINCT intent_key) FROM message") == [(2, 2)]


async def test_an_audience_is_let_in_and_so_is_who_enters_it_later(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    first, later, never = await shop.members(3, opted_in="webhook")
    await shop.paid((first, NOON - DAY))
    await made(client, "/audiences", {"name": "buyers", "label": "买过的人", "tree": BOUGHT}, 201)
    await at(shop, timedelta())
    trigger = {"kind": "audience", "audience": "buyers", "existing": True}
    journey = await made(client, "/journeys", {"name": "买家", "draft": graph(trigger, n1=wait(86_400))}, 201)
    path = f"/journeys/{journey['id']}"
    assert (await made(client, f"{path}/check"))["touched"] == 1
    await made(client, f"{path}/publish")
    await at(shop, SECOND)
    assert [run["member_id"] for run in (await got(client, f"{path}/enrolments"))["items"]] == [first]
    await shop.paid((later, NOON + 2 * SECOND))
    await at(shop, 3 * SECOND)
    await at(shop, 4 * SECOND)
    assert [run["member_id"] for run in (await got(client, f"{path}/enrolments"))["items"]] == [later, first]
    assert never not in {row[0] for row in await rows(shop, "SELECT member_id FROM enrolment")}
    used = await client.delete(f"/api/v1/audiences/{(await got(client, '/audiences'))['items'][0]['id']}")
    assert used.status_code == 409


async def test_a_schedule_lets_its_audience_in_at_its_hour(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    [buyer] = await shop.members(1, opted_in="webhook")
    await shop.paid((buyer, NOON - DAY))
    await made(client, "/audiences", {"name": "buyers", "label": "买过的人", "tree": BOUGHT}, 201)
    await at(shop, timedelta())
    trigger = {"kind": "schedule", "audience": "buyers", "at": "13:00"}
    again = {"kind": "after_finish"}
    journey = await made(client, "/journeys", {"name": "每天", "draft": graph(trigger, again, n1=wait(60))}, 201)
    await made(client, f"/journeys/{journey['id']}/publish")
    entered = []
    for hours in (0.5, 1, 1.5, 24, 25, 25.5, 24 * 4):
        await at(shop, timedelta(hours=hours))
        entered.append((await rows(shop, "SELECT count(*) FROM enrolment"))[0][0])
    assert entered == [0, 1, 1, 1, 2, 2, 3]


async def test_the_ready_sops_run(shop: Shop, client: httpx.AsyncClient) -> None:
    kits = (await got(client, "/journey-kits"))["items"]
    assert {kit["name"] for kit in kits} == {"onboarding", "winback"}
    drawn = await made(client, "/journey-kits/onboarding", {"name": "新客七天"}, 201)
    path = f"/journeys/{drawn['id']}"
    assert (await made(client, f"{path}/check"))["errors"] == []
    await made(client, f"{path}/publish")
    friend, quiet = await shop.members(2, opted_in="webhook")
    for member in (friend, quiet):
        await shop.happen((member, NOON, FriendAdded(staff="zhou", state="")))
    await at(shop, SECOND)
    for day in range(8):
        for hour in (0, 6, 18, 22):
            if (day, hour) == (1, 6):
                await shop.happen((friend, NOON + DAY, MessageReceived(channel="wecom")))
            if (day, hour) == (3, 18):
                await shop.paid((friend, NOON + 3 * DAY + timedelta(hours=17)))
            await at(shop, day * DAY + timedelta(hours=hour, seconds=2))
    steps = dict(
        await rows(
            shop,
            "SELECT member_id, string_agg(origin->>'step', ' ' ORDER BY id) FROM message GROUP BY 1",
        )
    )
    assert steps == {friend: "n1 n3 n7 n10 n15 n19", quiet: "n1 n3 n7 n10 n12 n19"}
    assert (await got(client, f"{path}/counts"))["finished"] == 2
    tagged = dict(
        await rows(
            shop,
            "SELECT m.member_id, string_agg(t.name, ' ' ORDER BY t.name) FROM member_tag m JOIN tag t ON t.id = m.tag_id "
            "GROUP BY 1",
        )
    )
    assert tagged == {friend: "新客已互动 新客已首单", quiet: "新客未首单"}
    again = await made(client, "/journey-kits/onboarding", {"name": "新客七天（二）"}, 201)
    assert (await made(client, f"/journeys/{again['id']}/check"))["errors"] == []
    winback = await made(client, "/journey-kits/winback", {}, 201)
    missing = await made(client, f"/journeys/{winback['id']}/check")
    assert [fault["path"] for fault in missing["errors"]] == ["trigger.audience"]


async def test_a_host_sees_no_journeys(shop: Shop) -> None:
    async with shop.client(ZHOU) as host:
        assert (await host.get("/api/v1/journeys")).status_code == 403
        assert (await host.post("/api/v1/journeys", json={"name": "x"})).status_code == 403


async def test_only_what_nobody_entered_can_be_thrown_away(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    [member] = await shop.members(1, opted_in="webhook")
    empty = await made(client, "/journeys", {"name": "空"}, 201)
    taken = await client.post("/api/v1/journeys", json={"name": "空"})
    assert (taken.status_code, taken.json()["code"]) == (409, "journey_name_taken")
    assert (await client.delete(f"/api/v1/journeys/{empty['id']}")).status_code == 204
    journey = await made(client, "/journeys", {"name": "有人", "draft": graph(n1=wait(60))}, 201)
    path = f"/api/v1/journeys/{journey['id']}"
    await client.post(f"{path}/publish")
    await client.post(f"{path}/enrol", json={"member_ids": [member]})
    assert (await client.delete(path)).status_code == 409
    assert (await client.post(f"{path}/end", json={"messages": "cancel"})).json()["state"] == "ended"
    assert (await client.post(f"{path}/publish")).status_code == 409
    assert [run["ended_why"] for run in (await got(client, f"/journeys/{journey['id']}/enrolments"))["items"]] == [
        "ended"
    ]
