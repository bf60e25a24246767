"""What journeys did, against their holdout."""

import httpx
import pytest

from siyu.facts.catalogue.journeys import JourneyEntered, JourneyExited, JourneyGoalReached, JourneyHeldOut
from siyu.journeys.templates.catalogue import WINBACK
from tests.rooms.insight.past import DAY, ask
from tests.world import NOON, Shop, order_paid


async def test_a_journey_has_no_winner_without_enough_data(shop: Shop, client: httpx.AsyncClient) -> None:
    members = await shop.members(260, created_at=NOON - 60 * DAY)
    entered, about = NOON - 30 * DAY, {"journey": "召回", "version": 1}
    treated, held = members[:130], members[130:]
    await shop.happen(
        *[(member, entered, JourneyEntered(entry=1, **about)) for member in members],
        *[(member, entered, JourneyHeldOut(arm="holdout", **about)) for member in held[:60]],
        *[(member, entered + DAY, order_paid(1_00)) for member in treated[:65]],
        (treated[0], entered + DAY, JourneyGoalReached(**about)),
    )
    await shop.catch_up()
    row = (await ask(client, "journeys"))["rows"][0]
    assert (row["members"], row["goals"], row["treated"], row["holdout"]) == (260, 1, 200, 60)
    assert row["verdict_key"] == "not_enough"
    await shop.happen(
        *[(member, entered, JourneyHeldOut(arm="holdout", **about)) for member in held[60:]],
        *[(member, entered + 20 * DAY, order_paid(1_00)) for member in held[:50]],
        *[(member, entered + 2 * DAY, order_paid(1_00)) for member in held[:20]],
    )
    await shop.catch_up()
    report = await ask(client, "journeys")
    row = report["rows"][0]
    # orders after the fourteen days do not count
    assert (row["treated"], row["treated_rate"], row["holdout"]) == (130, 0.5, 130)
    assert row["holdout_rate"] == pytest.approx(20 / 130)
    assert row["verdict_key"] == "better"
    assert 0 < row["lift_low"] < row["lift"] < row["lift_high"]
    assert "召回" in report["answer"]["zh"]


async def test_the_ready_win_back_is_measured_by_its_own_arm(shop: Shop, client: httpx.AsyncClient) -> None:
    """It has no goal: orders within the window are what it is measured by, against the arm that it marks itself."""
    arms = [arm for node in WINBACK.graph["nodes"].values() for arm in node.get("arms", ())]
    assert [arm["key"] for arm in arms if arm.get("holdout")] == ["holdout"]
    members = await shop.members(240, created_at=NOON - 60 * DAY)
    entered, about = NOON - 30 * DAY, {"journey": "沉默客户召回", "version": 1}
    treated, held = members[:120], members[120:]
    await shop.happen(
        *[(member, entered, JourneyEntered(entry=1, **about)) for member in members],
        *[(member, entered, JourneyHeldOut(arm="holdout", **about)) for member in held],
        *[(member, entered + 7 * DAY, JourneyExited(reason="对照组", **about)) for member in treated[36:]],
        *[(member, entered + DAY, order_paid(1_00)) for member in (*treated[:36], *held[:12])],
    )
    await shop.catch_up()
    report = await ask(client, "journeys")
    row = report["rows"][0]
    # 36 of 120 against 12 of 120
    assert (row["goals"], row["treated"], row["holdout"]) == (None, 120, 120)
    assert (row["treated_rate"], row["holdout_rate"], row["lift"]) == (0.3, 0.1, pytest.approx(0.2))
    assert 0 < row["lift_low"] < 0.2 < row["lift_high"]
    assert "95% 区间" in report["answer"]["zh"]
