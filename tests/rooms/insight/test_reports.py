"""Reports over HTTP on a hand-made shop; every expected figure is worked out in the comment beside it."""

import csv
import io
import json
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text

from siyu.facts.catalogue.channels import MessageWithheld
from siyu.facts.catalogue.commerce import OrderRefunded
from siyu.facts.catalogue.journeys import JourneyEntered
from siyu.platform import actions as platform
from tests.rooms.insight.past import DAY, ask
from tests.world import HE, NOON, PASSWORD, XU, ZHOU, Shop, order_paid


async def test_overview_counts_what_happened_before_now(client: httpx.AsyncClient, small: list[int]) -> None:
    report = await ask(client, "overview", period="7d")
    now, before, changes = report["rows"]
    # 12 March 00:00 to 18 March 12:00: 50 + 30 + 20 + the walk-in's 7; the order at noon itself is not yet
    assert (now["orders"], now["sales_fen"], now["order_lines"]) == (4, 10_700, 5)
    assert (now["refunds"], now["refunded_fen"], now["net_sales_fen"]) == (1, 1_000, 9_700)
    assert now["average_order_fen"] == 2_675
    assert (now["members"], now["new_members"]) == (3, 1)
    # Lin twice, Zhao once; Wang redeemed and so was active
    assert (now["buyers"], now["repeat_buyers"], now["repurchase_rate"], now["active_members"]) == (2, 1, 0.5, 3)
    assert (now["campaigns"], now["campaign_members"], now["redemptions"], now["redeemers"]) == (1, 1, 1, 1)
    assert (before["orders"], before["members"], before["repurchase_rate"]) == (0, 2, None)
    assert (changes["members"], changes["sales_fen"]) == (0.5, None)
    assert (now["from"], now["to"]) == ("2026-03-11T16:00:00Z", "2026-03-18T04:00:00Z")
    assert report["answer"]["zh"].startswith("本期 4 单、销售额 ¥107.00")
    assert report["answer"]["en"].startswith("4 orders and ¥107.00 of sales")


async def test_every_metric_shown_is_defined_once_and_in_the_dictionary(
    client: httpx.AsyncClient, small: list[int]
) -> None:
    dictionary = {m["name"]: m for m in (await client.get("/api/v1/metric-dictionary")).json()["items"]}
    for kind in (await client.get("/api/v1/reports")).json()["items"]:
        report = await ask(client, kind["name"])
        named = {column["metric"] for column in report["columns"] if column["metric"]}
        named |= {series["metric"] for series in (report["chart"] or {"series": []})["series"] if series["metric"]}
        defined = [metric["name"] for metric in report["definitions"]]
        assert named <= set(defined), kind["name"]
        assert len(defined) == len(set(defined))
        assert all(metric == dictionary[metric["name"]] for metric in report["definitions"])
        assert report["answer"]["zh"] and report["answer"]["en"]
        keys = {column["key"] for column in report["columns"]}
        assert all(keys <= set(row) for row in report["rows"]), kind["name"]
        for series in (report["chart"] or {"series": []})["series"]:
            assert len(series["data"]) == len(report["chart"]["x"])


async def test_days_are_those_of_the_brand(client: httpx.AsyncClient, small: list[int]) -> None:
    rows = {row["date"]: row for row in (await ask(client, "trend", from_="2026-03-14", to="2026-03-19"))["rows"]}
    assert list(rows) == ["2026-03-14", "2026-03-15", "2026-03-16", "2026-03-17", "2026-03-18"]
    # midnight in Shanghai is still the 17th in UTC
    assert (rows["2026-03-18"]["orders"], rows["2026-03-17"]["orders"]) == (2, 0)
    assert (rows["2026-03-17"]["members"], rows["2026-03-18"]["members"]) == (2, 3)


async def test_a_day_that_is_not_over_is_counted_but_not_drawn(client: httpx.AsyncClient, small: list[int]) -> None:
    for name in ("trend", "overview"):
        report = await ask(client, name, period="7d")
        # it is noon of the 18th in Shanghai
        assert [x["zh"] for x in report["chart"]["x"]] == [f"2026-03-{day}" for day in range(12, 18)], name
        assert all(len(series["data"]) == 6 for series in report["chart"]["series"])
        assert "2026-03-18" in report["notes"][0]["zh"] and "2026-03-18" in report["notes"][0]["en"]
    rows = (await ask(client, "trend", period="7d"))["rows"]
    assert (rows[-1]["date"], rows[-1]["orders"]) == ("2026-03-18", 2)
    over = await ask(client, "trend", from_="2026-03-12", to="2026-03-18")
    assert (over["chart"]["x"][-1]["zh"], over["notes"]) == ("2026-03-17", [])
    week = await ask(client, "trend", period="30d", grain="week")
    assert [x["zh"] for x in week["chart"]["x"]][-1] == "2026-03-09"
    only = await ask(client, "trend", period="1d")
    assert ([x["zh"] for x in only["chart"]["x"]], only["notes"]) == (["2026-03-18"], [])


async def test_the_whole_of_history_has_nothing_to_compare_with(client: httpx.AsyncClient, small: list[int]) -> None:
    rows = (await ask(client, "overview", period="all"))["rows"]
    assert [row["part"] for row in rows] == ["current"]
    assert (rows[0]["orders"], rows[0]["sales_fen"], rows[0]["from"]) == (6, 28_700, None)


async def test_as_of_is_a_moment_before_which_all_is_looked_at(client: httpx.AsyncClient, small: list[int]) -> None:
    rows = (await ask(client, "overview", period="all", as_of="2026-03-17T16:00:00Z"))["rows"]
    assert (rows[0]["members"], rows[0]["orders"]) == (2, 4)
    later = (await ask(client, "overview", period="all", as_of="2026-03-17T16:00:01Z"))["rows"]
    assert (later[0]["members"], later[0]["orders"]) == (3, 5)


async def test_another_brands_facts_are_never_counted(shop: Shop, client: httpx.AsyncClient, small: list[int]) -> None:
    before = [
        (await ask(client, name))["rows"] for name in ("overview", "funnel", "retention", "rfm", "stages", "flows")
    ]
    async with shop.db.transaction() as tx:
        other, _ = await platform.create_workspace(
            tx, name="别家", zone="UTC", locale="zh", email="b@b.example", person="B", password=PASSWORD, now=NOON
        )
    theirs = replace(shop, caller=platform.system(other))
    await theirs.happen(*[(small[0], NOON - n * DAY, order_paid(500_00)) for n in range(1, 9)])
    await shop.catch_up()
    assert before == [
        (await ask(client, name))["rows"] for name in ("overview", "funnel", "retention", "rfm", "stages", "flows")
    ]


async def test_a_merge_makes_two_members_one_and_its_undoing_two_again(
    shop: Shop, client: httpx.AsyncClient, small: list[int]
) -> None:
    lin, wang, _ = small
    answer = await client.post(f"/api/v1/members/{lin}/merge", json={"other_id": wang, "reason": "同一人"})
    await shop.catch_up()
    now = (await ask(client, "overview", period="all"))["rows"][0]
    assert (now["members"], now["buyers"], now["repeat_buyers"], now["orders"]) == (2, 2, 1, 6)
    await client.post(f"/api/v1/merges/{answer.json()['merge_id']}/undo")
    await shop.catch_up()
    now = (await ask(client, "overview", period="all"))["rows"][0]
    assert (now["members"], now["buyers"], now["repeat_buyers"]) == (3, 3, 1)


async def test_an_audience_narrows_a_report_to_its_members(client: httpx.AsyncClient, small: list[int]) -> None:
    tree = {"did": {"fact": "coupon_redeemed"}}
    now = (await ask(client, "overview", period="all", audience=json.dumps(tree)))["rows"][0]
    assert (now["members"], now["orders"], now["sales_fen"]) == (1, 1, 8_000)
    made = await client.post("/api/v1/audiences", json={"name": "redeemed", "label": "核销过", "tree": tree})
    assert made.status_code == 201, made.text
    saved = await ask(client, "funnel", audience="redeemed")
    assert (saved["rows"][0]["members"], saved["audience"]) == (1, "redeemed")
    for name in ("rfm", "stages", "retention", "flows", "trend", "journeys", "messages", "withheld"):
        await ask(client, name, audience="redeemed")
    answer = await client.get("/api/v1/reports/overview", params={"audience": "no-such"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("name", "params", "path"),
    [
        ("overview", {"from": "yesterday"}, "from"),
        ("overview", {"from": "2026-03-18T04:00:00"}, "from"),
        ("overview", {"from": "2026-03-18", "to": "2026-03-18"}, "from"),
        ("overview", {"colour": "red"}, "colour"),
        ("overview", {"period": "0d"}, "period"),
        ("overview", {"audience": "{"}, "audience"),
        ("overview", {"format": "xml"}, "format"),
        ("funnel", {"steps": "order_paid"}, "steps"),
        ("funnel", {"steps": "order_paid,signed_in"}, "steps[1]"),
        ("retention", {"periods": "99"}, "periods"),
    ],
)
async def test_a_wrong_parameter_is_refused_by_name(
    client: httpx.AsyncClient, name: str, params: dict[str, str], path: str
) -> None:
    answer = await client.get(f"/api/v1/reports/{name}", params=params)
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert fault["path"] == path
    assert fault["reason"] and fault["reason_zh"]


async def test_there_is_no_report_that_is_not_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/reports/nothing")).status_code == 404


async def test_who_may_see_reports(shop: Shop) -> None:
    for person, status in ((XU, 200), (ZHOU, 403), (HE, 403)):
        async with shop.client(person) as client:
            for path in ("reports", "reports/overview", "metric-dictionary", "today"):
                assert (await client.get(f"/api/v1/{path}")).status_code == status


async def test_csv_opens_in_a_spreadsheet_and_runs_nothing(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1, created_at=NOON - 9 * DAY)
    name = '=HYPERLINK("http://bad.example","看")'
    await shop.happen((lin, NOON - DAY, JourneyEntered(journey=name, version=1, entry=1)))
    await shop.catch_up()
    answer = await client.get("/api/v1/reports/journeys", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="journeys-20260318.csv"' in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:2] == ["旅程", "进入旅程"]
    assert rows[1][0] == "'" + name
    await shop.happen(
        (lin, NOON - DAY, order_paid(12_00)), (lin, NOON - DAY, OrderRefunded(order="o", amount=2_000, source="p"))
    )
    await shop.catch_up()
    english = await client.get("/api/v1/reports/overview", params={"format": "csv", "lang": "en"})
    heads, first, *_ = list(csv.reader(io.StringIO(english.text.removeprefix("\ufeff"))))
    assert first[heads.index("Net sales (CNY)")] == "-8.00"


async def test_a_csv_says_what_the_screen_says(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1, created_at=NOON - 90 * DAY)
    (await client.post("/api/v1/journeys", json={"name": "七天入会"})).json()
    async with shop.db.transaction() as tx:
        journey = int(await tx.scalar(text("SELECT id FROM journey")) or 0)
    sent = MessageWithheld(message_id=1, channel="wecom", source=f"journey:{journey}", reason="cap")
    await shop.happen(
        (lin, NOON - 2 * DAY, order_paid(99_00)), (lin, NOON - 9 * DAY, order_paid(100_00)), (lin, NOON - DAY, sent)
    )
    await shop.catch_up()
    answer = await client.get("/api/v1/reports/overview", params={"format": "csv", "period": "7d"})
    heads, _, _, change = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    # in the row of changes a figure is a share: it was written as an amount, -0.01 of a fen, which is -0.00
    assert change[heads.index("销售额（CNY）")] == "-1.00%"
    assert "-0.00" not in answer.text and "Z" not in answer.text
    by_source = await client.get("/api/v1/reports/messages", params={"format": "csv", "by": "source"})
    assert "七天入会" in by_source.text and "journey:" not in by_source.text


async def test_few_members_have_no_percentage(shop: Shop, client: httpx.AsyncClient) -> None:
    few, many = await shop.members(9), await shop.members(10)
    for members, days in ((few, 30), (many, 44)):
        await shop.paid(*((member, NOON - days * DAY) for member in members))
        await shop.paid(*((member, NOON - (days - 7) * DAY) for member in members[:3]))
    await shop.catch_up()
    rows = {row["members"]: row for row in (await ask(client, "retention"))["rows"] if row["members"]}
    assert (rows[9]["p0"], rows[9]["p1"]) == (None, None)
    assert (rows[10]["p0"], rows[10]["p1"]) == (1, 0.3)
    counted = {row["members"]: row for row in (await ask(client, "retention", measure="members"))["rows"]}
    assert counted[9]["p1"] == 3
