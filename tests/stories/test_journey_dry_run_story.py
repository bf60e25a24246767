"""The dry run foretells what the real run does, for the same member and the same facts."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.catalogue.contacts import ConsentWithdrawn
from siyu.facts.catalogue.fact import Fact
from siyu.facts.log.subscribers import consume_new
from siyu.journeys import jobs
from siyu.kit import clock
from tests.rooms.journeys.world import END, furnish, rows, send, tag, wait_until
from tests.world import NOON, Shop, order_paid

HOUR = timedelta(hours=1)
OFTEN = {"did": {"fact": "order_paid", "count": {">=": 2}, "within": "30d"}}
MARKED = {"tag": {"any": ["甲"]}}
GRAPH: dict[str, Any] = {
    "trigger": {"kind": "manual"},
    "start": "n1",
    "nodes": {
        "n1": {
            "kind": "split",
            "arms": [{"key": "a", "label": "甲组", "share": 50}, {"key": "b", "label": "乙组", "share": 50}],
            "next": {"a": "n2", "b": "n3"},
        },
        "n2": tag("甲", "n3"),
        "n3": {
            "kind": "branch",
            "branches": [{"key": "marked", "label": "有标签", "tree": MARKED}],
            "next": {"marked": "n4", "else": "n5"},
        },
        "n4": send("n5"),
        "n5": wait_until("order_paid", 2 * 86_400, "n6", "n7", where=[{"prop": "amount", ">=": 5_000}]),
        "n6": {
            "kind": "branch",
            "branches": [{"key": "often", "label": "常客", "tree": OFTEN}],
            "next": {"often": "n8", "else": "n7"},
        },
        "n7": {"kind": "wait", "until": "23:30", "days": 1, "next": {"done": "n9"}},
        "n8": send("n7", on_cap="drop"),
        "n9": send("n10", purpose="service"),
        "n10": {"kind": "wait", "seconds": 3_600, "next": {"done": "n11"}},
        "n11": send("end", on_quiet="drop"),
        "end": END,
    },
    "exits": [{"fact": "consent_withdrawn"}, {"tree": {"did": {"fact": "order_paid", "count": {">=": 4}}}}],
    "reentry": {"kind": "never"},
}
CASES: dict[str, list[tuple[float, Fact]]] = {
    "two orders": [(3, order_paid(100, order="o1")), (30, order_paid(order="o2"))],
    "late order": [(49, order_paid(order="o1"))],
    "opted out": [(5, order_paid(order="o1")), (20, ConsentWithdrawn(channel="webhook", source="test"))],
    "four orders": [(hours, order_paid(100, order=f"o{hours}")) for hours in (1, 2, 3, 4)],
}


@pytest.mark.parametrize("case", CASES)
async def test_the_dry_run_tells_the_truth(shop: Shop, client: httpx.AsyncClient, case: str) -> None:
    await furnish(shop, "甲")
    calm = {
        "caps": [{"channel": None, "count": 1, "days": 7}],
        "quiet": {"start": "22:00", "end": "08:00"},
        "holidays": [],
    }
    answer = await client.put("/api/v1/calm", json=calm)
    assert answer.status_code == 200, answer.text
    ids = await shop.members(4, opted_in="webhook")
    await shop.catch_up()
    drawn = await client.post("/api/v1/journeys", json={"name": "预演", "draft": GRAPH})
    path = f"/api/v1/journeys/{drawn.json()['id']}"
    assert (await client.post(f"{path}/publish")).status_code == 200
    facts = CASES[case]
    assumed = [
        {"fact": fact.name, "at": (NOON + hours * HOUR).isoformat(), "props": fact.model_dump(exclude_none=True)}
        for hours, fact in facts
    ]
    foretold = {}
    for member in ids:
        answer = await client.post(
            f"{path}/dry-run", json={"member_id": member, "start": NOON.isoformat(), "facts": assumed}
        )
        assert answer.status_code == 200, answer.text
        foretold[member] = answer.json()
    assert await rows(shop, "SELECT (SELECT count(*) FROM enrolment), (SELECT count(*) FROM message)") == [(0, 0)]
    assert len({tuple(moment["node"] for moment in run["moments"]) for run in foretold.values()}) > 1 or len(ids) == 1

    assert (await client.post(f"{path}/enrol", json={"member_ids": ids})).json()["entered"] == 4
    await _live_through(shop, ids, facts)
    for member in ids:
        moments = foretold[member]["moments"]
        assert moments[-1]["exit"] is None
        assert [
            (
                m["node"],
                m["message"]["state"],
                m["message"]["reason"],
                _at(m["at"]),
                m["message"]["due_at"] and _at(m["message"]["due_at"]),
            )
            for m in moments
            if m["message"]
        ] == await rows(
            shop,
            "SELECT origin->>'step', state, reason, planned_at, CASE state WHEN 'queued' THEN due_at END FROM message "
            "WHERE member_id = :member ORDER BY id",
            member=member,
        )
        assert [(moments[-1]["node"], _at(moments[-1]["at"]))] == await rows(
            shop, "SELECT node, ended_at FROM enrolment WHERE member_id = :member", member=member
        )
    passed = Counter((m["node"], m["exit"]) for run in foretold.values() for m in run["moments"] if m["exit"])
    real = await rows(shop, "SELECT node, exit, passed FROM step_count WHERE exit NOT LIKE '@%' AND exit <> 'exit'")
    assert {(node, exit): number for node, exit, number in real} == passed


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def _live_through(shop: Shop, ids: list[int], facts: list[tuple[float, Fact]]) -> None:
    """A round at the start, a second after each fact, and whenever somebody is due."""
    to_come = sorted(((NOON + hours * HOUR, fact) for hours, fact in facts), key=lambda pair: pair[0])
    await _round(shop, NOON)
    for _ in range(40):
        due = (await rows(shop, "SELECT min(due_at) FROM enrolment WHERE state = 'active'"))[0][0]
        if due is None:
            return
        if to_come and to_come[0][0] < due:
            at, fact = to_come.pop(0)
            clock.freeze(at)
            for member in ids:
                await shop.happen((member, at, _own(fact, member)))
            await _round(shop, at + timedelta(seconds=1))
        else:
            await _round(shop, due)
    raise AssertionError("it does not come to an end")


def _own(fact: Fact, member: int) -> Fact:
    return fact.model_copy(update={"order": f"{member}-{fact.order}"}) if isinstance(fact, OrderPaid) else fact


async def _round(shop: Shop, now: datetime) -> None:
    clock.freeze(now)
    await shop.catch_up()
    await consume_new(shop.db, jobs.TRIGGERS, now)
    await jobs.tick(shop.db, shop.lake, now)


async def test_a_dry_run_shows_the_words_and_refuses_a_wrong_graph(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    [member] = await shop.members(1, opted_in="webhook")
    await shop.catch_up()
    nodes = {"n1": send("end"), "end": END}
    drawn = (
        await client.post("/api/v1/journeys", json={"name": "预演", "draft": GRAPH | {"nodes": nodes, "exits": []}})
    ).json()
    path = f"/api/v1/journeys/{drawn['id']}"
    ran = (await client.post(f"{path}/dry-run", json={"member_id": member})).json()
    assert ran["moments"][0]["message"]["text"] == "客户0，你好。"
    assert ran["moments"][0]["what"] == {"zh": "安排发送", "en": "A message is planned"}
    assert ran["outcome"] == {"zh": "完成旅程：完成", "en": "Came to the end: 完成"}
    assert (await client.post(f"{path}/dry-run", json={"member_id": 999})).status_code == 404
    await client.put(path, json={"draft": GRAPH | {"nodes": {"n1": send("gone")}}})
    refused = await client.post(f"{path}/dry-run", json={"member_id": member})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "nodes.n1.next.sent")
