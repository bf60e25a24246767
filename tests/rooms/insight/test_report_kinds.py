"""The funnel, retention, RFM, stages and messages; expected figures are worked out in the comment beside them."""

from datetime import timedelta

import httpx
import pytest

from siyu.facts.catalogue.channels import MessageDelivered, MessageSent, MessageWithheld
from siyu.facts.catalogue.commerce import CampaignSent
from tests.rooms.insight.past import DAY, ask
from tests.world import NOON, Shop, order_paid


async def test_the_funnel_window_is_half_open(shop: Shop, client: httpx.AsyncClient) -> None:
    start = NOON - 20 * DAY
    first, second, third = await shop.members(3, created_at=start)
    instant = timedelta(seconds=1)
    await shop.happen(
        (first, start, CampaignSent(campaign="a")),
        (first, start + 7 * DAY - instant, order_paid(1_00)),
        (second, start, CampaignSent(campaign="a")),
        (second, start + 7 * DAY, order_paid(1_00)),
        (third, start + instant, order_paid(1_00)),
    )
    await shop.catch_up()
    report = await ask(client, "funnel", within_days="7")
    assert [(row["step"]["zh"], row["members"]) for row in report["rows"]] == [
        ("成为客户", 3),
        ("收到触达", 2),
        ("下单", 1),
        ("复购", 0),
    ]
    assert [row["step_rate"] for row in report["rows"]] == [1.0, pytest.approx(2 / 3), 0.5, 0.0]
    wider = (await ask(client, "funnel", within_days="8"))["rows"]
    assert [row["members"] for row in wider] == [3, 2, 2, 0]


async def test_one_order_is_never_the_first_and_the_second(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1, created_at=NOON - 9 * DAY)
    await shop.happen((lin, NOON - DAY, order_paid(5_00, order="a")), (lin, NOON - DAY, order_paid(6_00, order="b")))
    await shop.catch_up()
    rows = (await ask(client, "funnel", steps="order_paid,order_paid"))["rows"]
    assert [row["members"] for row in rows] == [1, 0]


async def test_retention_shows_only_periods_that_are_over(client: httpx.AsyncClient, small: list[int]) -> None:
    report = await ask(client, "retention", grain="week", periods="5", measure="members")
    rows = {row["cohort"]: [row["members"], *(row[f"p{n}"] for n in range(6))] for row in report["rows"]}
    # Lin first bought on Friday 6 February and came back on Monday 16 March, in a week that is not over yet
    assert rows["2026-02-02"] == [1, 1, 0, 0, 0, 0, 0]
    assert rows["2026-02-09"] == [1, 1, 0, 0, 0, 0, None]
    assert rows["2026-03-16"] == [1, None, None, None, None, None, None]
    assert len(rows) == 12


async def test_rfm_scores_are_those_of_the_audience_language(shop: Shop, client: httpx.AsyncClient) -> None:
    members = await shop.members(5, created_at=NOON - 300 * DAY)
    facts = [
        (member, NOON - (10 * (5 - n) + k) * DAY - DAY, order_paid(10_00 * (n + 1)))
        for n, member in enumerate(members)
        for k in range(n + 1)
    ]
    await shop.happen(*facts)
    await shop.catch_up()
    report = await ask(client, "rfm")
    # the n-th member has n orders, the later the more and the dearer: one in each quintile of all three
    assert [(row["r"], row["f"], row["m"], row["members"]) for row in report["rows"]] == [
        (score, score, score, 1) for score in (5, 4, 3, 2, 1)
    ]
    assert report["rows"][0]["sales_fen"] == 5 * 5_000
    assert report["rows"][0]["segment"]["zh"] == "重要价值客户"
    for score in (1, 3, 5):
        answer = await client.post("/api/v1/audience-count", json={"tree": {"rfm": {"r": [score], "f": [score]}}})
        assert answer.json()["count"] == sum(row["members"] for row in report["rows"] if row["r"] == row["f"] == score)
    segments = (await ask(client, "rfm", by="segments"))["rows"]
    assert sum(row["members"] for row in segments) == 5


async def test_stages_tell_who_moved_where(shop: Shop, client: httpx.AsyncClient) -> None:
    new, lost, back, never = await shop.members(4, created_at=NOON - 400 * DAY)
    await shop.happen(
        (new, NOON - 5 * DAY, order_paid(1_00)),
        (lost, NOON - 190 * DAY, order_paid(1_00)),
        (back, NOON - 300 * DAY, order_paid(1_00)),
        (back, NOON - 3 * DAY, order_paid(1_00)),
    )
    await shop.catch_up()
    report = await ask(client, "stages")
    moved = {(row["was_key"], row["stage_key"]): row["members"] for row in report["rows"]}
    assert moved == {("none", "new"): 1, ("silent", "lost"): 1, ("lost", "ordinary"): 1, ("none", "none"): 1}
    assert "2 位中，1 位（50.0%）回来下单了" in report["answer"]["zh"]
    for row in report["rows"]:
        kept = await client.post("/api/v1/audience-count", json={"tree": row["tree"]})
        assert kept.json()["count"] == row["members"], row
    rows = {row["stage_key"]: row for row in (await ask(client, "stages", by="stages"))["rows"]}
    assert {key: (row["before"], row["members"]) for key, row in rows.items()} == {
        "new": (0, 1),
        "ordinary": (0, 1),
        "core": (0, 0),
        "silent": (1, 0),
        "lost": (1, 1),
        "none": (2, 1),
    }
    assert (rows["ordinary"]["from_lost"], rows["lost"]["from_silent"], rows["new"]["from_none"]) == (1, 1, 1)
    assert never


async def test_messages_and_why_some_were_withheld(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1, created_at=NOON - 9 * DAY)
    about = {"channel": "wecom", "source": "journey:1"}
    await shop.happen(
        *[(lin, NOON - DAY, MessageSent(message_id=n, **about)) for n in (1, 2, 3, 3)],
        *[(lin, NOON - DAY, MessageDelivered(message_id=n, **about)) for n in (1, 2)],
        *[(lin, NOON - DAY, MessageWithheld(message_id=n, reason="cap", **about)) for n in (4, 5)],
        (lin, NOON - DAY, MessageWithheld(message_id=6, reason="quiet_hours", **about)),
    )
    await shop.catch_up()
    rows = (await ask(client, "messages", by="channel"))["rows"]
    assert [row["channel"]["zh"] for row in rows] == ["企业微信"]
    row = rows[0]
    assert (row["messages_sent"], row["messages_delivered"], row["messages_withheld"]) == (3, 2, 3)
    withheld = (await ask(client, "withheld"))["rows"]
    assert [(row["reason"]["zh"], row["messages_withheld"]) for row in withheld] == [
        ("超过疲劳度上限", 2),
        ("在免打扰时段", 1),
    ]
