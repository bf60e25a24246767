"""How the shop stands today."""

from datetime import datetime

import httpx
import pytest

from siyu.channels.accounts.models import ChannelAccount
from siyu.channels.messages.models import Message
from siyu.facts.catalogue.contacts import ConsentWithdrawn
from siyu.facts.catalogue.fact import Fact
from siyu.imports.models import Import
from siyu.journeys.models import Journey
from tests.rooms.insight.past import DAY, MIDNIGHT, ask
from tests.world import NOON, XU, Shop, order_paid


async def test_today_of_an_empty_shop_shows_the_first_three_steps(client: httpx.AsyncClient) -> None:
    today = (await client.get("/api/v1/today")).json()
    assert (today["empty"], today["members"], today["health"]["level"]) == (True, 0, "unknown")
    assert [(step["key"], step["done"]) for step in today["start"]] == [
        ("import", False),
        ("connect", False),
        ("journey", False),
    ]
    assert (today["needs"], today["running"]) == ([], [])
    for kind in (await client.get("/api/v1/reports")).json()["items"]:
        assert (await ask(client, kind["name"]))["answer"]["zh"]


async def test_today_names_the_worst_area_and_what_to_do(shop: Shop, client: httpx.AsyncClient) -> None:
    members = await shop.members(40, created_at=NOON - 90 * DAY)
    facts: list[tuple[int | None, datetime, Fact]] = []
    for week in range(1, 5):
        facts += [(member, MIDNIGHT - (7 * week + 3) * DAY, order_paid(10_00)) for member in members]
    facts += [(member, MIDNIGHT - DAY, order_paid(10_00)) for member in members[:12]]
    facts += [
        (members[0], MIDNIGHT, order_paid(10_00)),
        (members[1], MIDNIGHT - DAY, ConsentWithdrawn(channel="wecom", source="m")),
    ]
    await shop.happen(*facts)
    await shop.catch_up()
    today = (await client.get("/api/v1/today")).json()
    # 12 of 40 came back: activity and retention stand at 30 %, activity is told first
    assert (today["health"]["level"], today["health"]["area"]) == ("bad", "activity")
    assert "上周活跃 12 位，此前四周平均 40 位" in today["health"]["sentence"]["zh"]
    assert {area["key"]: area["score"] for area in today["health"]["areas"]} == {
        "acquisition": None,
        "activity": 30,
        "retention": 30,
        "conversion": None,
        "fission": None,
        "calm": None,
    }
    flows = {flow["key"]: flow for flow in today["flows"]}
    # today's order is not yesterday's
    assert (flows["activity"]["yesterday"], flows["conversion"]["yesterday"]) == (12, 12)
    assert flows["activity"]["mean"] == pytest.approx(12 / 7)
    assert len(flows["activity"]["spark"]) == len(today["days"]) == 14
    assert flows["activity"]["spark"][4] == 40  # ten days before the 18th
    assert flows["retention"]["yesterday"] == 12
    assert flows["fission"]["yesterday"] is None
    assert today["days"][-1] == "2026-03-17"


async def test_data_that_stopped_are_told_before_anything_else(shop: Shop, client: httpx.AsyncClient) -> None:
    members = await shop.members(30, created_at=NOON - 90 * DAY)
    await shop.happen(
        *(
            (member, NOON - days * DAY, order_paid(10_00, source="manual"))
            for member in members
            for days in range(2, 30)
        )
    )
    await shop.happen((members[0], NOON - DAY, order_paid(10_00, source="online")))
    await shop.catch_up()
    health = (await client.get("/api/v1/today")).json()["health"]
    assert (health["level"], health["area"]) == ("bad", None)
    assert health["sentence"]["zh"].startswith("部分数据已停：“支付订单 · 手动”停在 2026-03-16 12:00")
    assert [(feed["key"], feed["last_at"]) for feed in health["silent"]] == [
        ("order_paid:manual", "2026-03-16T04:00:00Z")
    ]
    await shop.happen((members[0], NOON - DAY, order_paid(10_00, source="manual")))
    await shop.catch_up()
    health = (await client.get("/api/v1/today")).json()["health"]
    assert health["silent"] == [] and "没有新数据" not in health["sentence"]["zh"]


async def test_what_needs_me_and_what_runs(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1, created_at=NOON - DAY)
    mine, by = shop.workspace_id, {"created_at": NOON, "changed_at": NOON}
    file = {"kind": "orders", "file_path": "x", "fingerprint": "x", "mapping": {}, "started_by": "user:1"}
    message = {"member_id": lin, "channel": "wecom", "purpose": "marketing", "source": "manual", "planned_at": NOON}
    async with shop.db.transaction() as tx:
        tx.add_all(
            [
                ChannelAccount(
                    workspace_id=mine, channel="wecom", name="门店企微", key="k", config={}, secrets="{}", created_at=NOON,
                    trouble="40001",
                ),
                Import(workspace_id=mine, file_name="三月.csv", state="running", rows_done=10, rows_total=40, **file, **by),
                Import(workspace_id=mine, file_name="二月.csv", state="failed", rows_done=7, **file, **by),
                Import(workspace_id=mine, file_name="一月.csv", state="done", **file, **by),
                Journey(workspace_id=mine, name="七天", key="七天", draft={}, state="live", version=1, created_by="user:1", **by),
                Journey(workspace_id=mine, name="草稿", key="草稿", draft={}, state="draft", created_by="user:1", **by),
                *[
                    Message(workspace_id=mine, intent_key=f"i{n}", state=state, due_at=NOON, changed_at=NOON, **message)
                    for n, state in enumerate(("in_doubt", "in_doubt", "failed", "delivered", "queued", "queued", "held"))
                ],
            ]
        )  # fmt: skip
    today = (await client.get("/api/v1/today")).json()
    assert [(item["kind"], item["name"], item["total"]) for item in today["needs"]] == [
        ("messages_in_doubt", "", 2),
        ("messages_failed", "", 1),
        ("messages_held", "", 1),
        ("account_trouble", "门店企微", None),
        ("import", "二月.csv", None),
    ]
    assert [(item["kind"], item["name"], item["done"], item["total"]) for item in today["running"]] == [
        ("messages_waiting", "", None, 2),
        ("journey", "七天", None, 0),
        ("import", "三月.csv", 10, 40),
    ]
    assert all(step["done"] for step in today["start"])
    # an analyst may not see the accounts, and so is not told of their trouble
    async with shop.client(XU) as analyst:
        kinds = [item["kind"] for item in (await analyst.get("/api/v1/today")).json()["needs"]]
    assert kinds == ["messages_in_doubt", "messages_failed", "messages_held", "import"]
