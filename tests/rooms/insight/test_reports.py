"""Reports over HTTP on a hand-made shop; every expected figure is worked out in the comment beside it."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from siyu.audience.jobs import freshen
from siyu.channels.models import ChannelAccount, Message
from siyu.contacts import actions as contacts
from siyu.contacts.actions import MemberRow
from siyu.facts.actions import Entry, record
from siyu.facts.catalogue import (
    CampaignSent,
    ConsentWithdrawn,
    CouponRedeemed,
    Fact,
    JourneyEntered,
    JourneyExited,
    JourneyGoalReached,
    MessageDelivered,
    MessageSent,
    MessageWithheld,
    OrderPaid,
    OrderRefunded,
)
from siyu.imports.models import Import
from siyu.journeys.models import Journey
from siyu.platform import actions as platform
from tests.world import HE, NOON, XU, ZHOU, Shop

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
"""18 March begins in Shanghai."""


def paid(yuan: int, lines: int = 1, order: str = "o") -> OrderPaid:
    return OrderPaid(order=order, amount=yuan * 100, lines=lines, source="pos")


async def people(shop: Shop, *joined: datetime) -> list[int]:
    """Members who joined then."""
    rows = [MemberRow({"external_id": f"m{n}"}, name=f"客户{n}", created_at=at) for n, at in enumerate(joined)]
    async with shop.db.transaction() as tx:
        made = await contacts.upsert(tx, shop.workspace_id, rows, source="test", actor="system", now=NOON)
    return [one.member_id for one in made]


async def happen(shop: Shop, *facts: tuple[int | None, datetime, Fact], workspace_id: int | None = None) -> None:
    """Record facts as (member, when, fact) and bring the lake up to them."""
    async with shop.db.transaction() as tx:
        entries = [Entry(workspace_id or shop.workspace_id, fact, at, member) for member, at, fact in facts]
        await record(tx, entries, NOON)
    await freshen(shop.db, shop.lake, NOON)


async def ask(client: httpx.AsyncClient, name: str, **params: str) -> dict[str, Any]:
    answer = await client.get(
        f"/api/v1/reports/{name}", params={key.rstrip("_"): value for key, value in params.items()}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def small(shop: Shop) -> list[int]:
    """Lin and Wang joined in January, Zhao today; a walk-in; one refund; a campaign with a coupon."""
    lin, wang, zhao = await people(shop, NOON - 60 * DAY, NOON - 50 * DAY, MIDNIGHT)
    await happen(
        shop,
        (lin, NOON - 40 * DAY, paid(100, 3)),
        (lin, NOON - 2 * DAY, paid(50, 2)),
        (lin, NOON - timedelta(seconds=1), paid(30)),
        (wang, NOON - 35 * DAY, paid(80, 4)),
        (zhao, MIDNIGHT, paid(20)),
        (None, NOON - 3 * DAY, paid(7)),
        (lin, NOON - DAY, OrderRefunded(order="o", amount=1_000, source="pos")),
        (wang, NOON - 5 * DAY, CampaignSent(campaign="spring")),
        (wang, NOON - 4 * DAY, CouponRedeemed(coupon="c1", campaign="spring")),
        (wang, NOON, paid(999)),
    )
    return [lin, wang, zhao]


async def test_overview_counts_what_happened_before_now(client: httpx.AsyncClient, small: list[int]) -> None:
    found = await ask(client, "overview", period="7d")
    now, before, changes = found["rows"]
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
    assert found["answer"]["zh"].startswith("本期 4 单、销售额 ¥107.00")
    assert found["answer"]["en"].startswith("4 orders and ¥107.00 of sales")


async def test_every_metric_shown_is_defined_once_and_in_the_dictionary(
    client: httpx.AsyncClient, small: list[int]
) -> None:
    dictionary = {m["name"]: m for m in (await client.get("/api/v1/metric-dictionary")).json()["items"]}
    for kind in (await client.get("/api/v1/reports")).json()["items"]:
        found = await ask(client, kind["name"])
        named = {column["metric"] for column in found["columns"] if column["metric"]}
        named |= {series["metric"] for series in (found["chart"] or {"series": []})["series"] if series["metric"]}
        defined = [metric["name"] for metric in found["definitions"]]
        assert named <= set(defined), kind["name"]
        assert len(defined) == len(set(defined))
        assert all(metric == dictionary[metric["name"]] for metric in found["definitions"])
        assert found["answer"]["zh"] and found["answer"]["en"]
        keys = {column["key"] for column in found["columns"]}
        assert all(keys <= set(row) for row in found["rows"]), kind["name"]
        for series in (found["chart"] or {"series": []})["series"]:
            assert len(series["data"]) == len(found["chart"]["x"])


async def test_days_are_those_of_the_brand(client: httpx.AsyncClient, small: list[int]) -> None:
    rows = {row["date"]: row for row in (await ask(client, "trend", from_="2026-03-14", to="2026-03-19"))["rows"]}
    assert list(rows) == ["2026-03-14", "2026-03-15", "2026-03-16", "2026-03-17", "2026-03-18"]
    # midnight in Shanghai is still the 17th in UTC
    assert (rows["2026-03-18"]["orders"], rows["2026-03-17"]["orders"]) == (2, 0)
    assert (rows["2026-03-17"]["members"], rows["2026-03-18"]["members"]) == (2, 3)


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
        other, _ = await platform.found(
            tx, name="别家", zone="UTC", locale="zh", email="b@b.example", person="B", password="x" * 12, now=NOON
        )
        theirs = other.id
    await happen(shop, *[(small[0], NOON - n * DAY, paid(500)) for n in range(1, 9)], workspace_id=theirs)
    assert before == [
        (await ask(client, name))["rows"] for name in ("overview", "funnel", "retention", "rfm", "stages", "flows")
    ]


async def test_a_merge_makes_two_members_one_and_its_undoing_two_again(
    shop: Shop, client: httpx.AsyncClient, small: list[int]
) -> None:
    lin, wang, _ = small
    answer = await client.post(f"/api/v1/members/{lin}/merge", json={"other_id": wang, "reason": "同一人"})
    await freshen(shop.db, shop.lake, NOON)
    now = (await ask(client, "overview", period="all"))["rows"][0]
    assert (now["members"], now["buyers"], now["repeat_buyers"], now["orders"]) == (2, 2, 1, 6)
    await client.post(f"/api/v1/merges/{answer.json()['merge_id']}/undo")
    await freshen(shop.db, shop.lake, NOON)
    now = (await ask(client, "overview", period="all"))["rows"][0]
    assert (now["members"], now["buyers"], now["repeat_buyers"]) == (3, 3, 1)


async def test_the_funnel_window_is_half_open(shop: Shop, client: httpx.AsyncClient) -> None:
    start = NOON - 20 * DAY
    one, two, three = await people(shop, start, start, start)
    second = timedelta(seconds=1)
    await happen(
        shop,
        (one, start, CampaignSent(campaign="a")),
        (one, start + 7 * DAY - second, paid(1)),
        (two, start, CampaignSent(campaign="a")),
        (two, start + 7 * DAY, paid(1)),
        (three, start + second, paid(1)),
    )
    found = await ask(client, "funnel", within_days="7")
    assert [(row["step"]["zh"], row["members"]) for row in found["rows"]] == [
        ("成为客户", 3),
        ("收到触达", 2),
        ("下单", 1),
        ("复购", 0),
    ]
    assert [row["step_rate"] for row in found["rows"]] == [1.0, pytest.approx(2 / 3), 0.5, 0.0]
    wider = (await ask(client, "funnel", within_days="8"))["rows"]
    assert [row["members"] for row in wider] == [3, 2, 2, 0]


async def test_one_order_is_never_the_first_and_the_second(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await people(shop, NOON - 9 * DAY)
    await happen(shop, (lin, NOON - DAY, paid(5, order="a")), (lin, NOON - DAY, paid(6, order="b")))
    rows = (await ask(client, "funnel", steps="order_paid,order_paid"))["rows"]
    assert [row["members"] for row in rows] == [1, 0]


async def test_retention_shows_only_periods_that_are_over(client: httpx.AsyncClient, small: list[int]) -> None:
    found = await ask(client, "retention", grain="week", periods="5", measure="members")
    rows = {row["cohort"]: [row["members"], *(row[f"p{n}"] for n in range(6))] for row in found["rows"]}
    # Lin first bought on Friday 6 February and came back on Monday 16 March, in a week that is not over yet
    assert rows["2026-02-02"] == [1, 1, 0, 0, 0, 0, 0]
    assert rows["2026-02-09"] == [1, 1, 0, 0, 0, 0, None]
    assert rows["2026-03-16"] == [1, None, None, None, None, None, None]
    assert len(rows) == 12


async def test_rfm_scores_are_those_of_the_audience_language(shop: Shop, client: httpx.AsyncClient) -> None:
    members = await people(shop, *[NOON - 300 * DAY] * 5)
    facts = [
        (member, NOON - (10 * (5 - n) + k) * DAY - DAY, paid(10 * (n + 1)))
        for n, member in enumerate(members)
        for k in range(n + 1)
    ]
    await happen(shop, *facts)
    found = await ask(client, "rfm")
    # the n-th member has n orders, the later the more and the dearer: one in each quintile of all three
    assert [(row["r"], row["f"], row["m"], row["members"]) for row in found["rows"]] == [
        (score, score, score, 1) for score in (5, 4, 3, 2, 1)
    ]
    assert found["rows"][0]["sales_fen"] == 5 * 5_000
    assert found["rows"][0]["segment"]["zh"] == "重要价值客户"
    for score in (1, 3, 5):
        answer = await client.post("/api/v1/audience-count", json={"tree": {"rfm": {"r": [score], "f": [score]}}})
        assert answer.json()["count"] == sum(row["members"] for row in found["rows"] if row["r"] == row["f"] == score)
    segments = (await ask(client, "rfm", by="segments"))["rows"]
    assert sum(row["members"] for row in segments) == 5


async def test_stages_tell_who_moved_where(shop: Shop, client: httpx.AsyncClient) -> None:
    new, lost, back, never = await people(shop, *[NOON - 400 * DAY] * 4)
    await happen(
        shop,
        (new, NOON - 5 * DAY, paid(1)),
        (lost, NOON - 190 * DAY, paid(1)),
        (back, NOON - 300 * DAY, paid(1)),
        (back, NOON - 3 * DAY, paid(1)),
    )
    rows = {row["stage_key"]: row for row in (await ask(client, "stages"))["rows"]}
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
    (lin,) = await people(shop, NOON - 9 * DAY)
    about = {"channel": "wecom", "source": "journey:1"}
    await happen(
        shop,
        *[(lin, NOON - DAY, MessageSent(message_id=n, **about)) for n in (1, 2, 3, 3)],
        *[(lin, NOON - DAY, MessageDelivered(message_id=n, **about)) for n in (1, 2)],
        *[(lin, NOON - DAY, MessageWithheld(message_id=n, reason="cap", **about)) for n in (4, 5)],
        (lin, NOON - DAY, MessageWithheld(message_id=6, reason="quiet_hours", **about)),
    )
    rows = (await ask(client, "messages", by="channel"))["rows"]
    assert [row["channel"]["zh"] for row in rows] == ["企业微信"]
    row = rows[0]
    assert (row["messages_sent"], row["messages_delivered"], row["messages_withheld"]) == (3, 2, 3)
    withheld = (await ask(client, "withheld"))["rows"]
    assert [(row["reason"]["zh"], row["messages_withheld"]) for row in withheld] == [
        ("超过疲劳度上限", 2),
        ("在免打扰时段", 1),
    ]


async def test_a_journey_has_no_winner_without_enough_data(shop: Shop, client: httpx.AsyncClient) -> None:
    members = await people(shop, *[NOON - 60 * DAY] * 260)
    entered, about = NOON - 30 * DAY, {"journey": "召回", "version": 1}
    treated, held = members[:130], members[130:]
    await happen(
        shop,
        *[(member, entered, JourneyEntered(entry=1, **about)) for member in members],
        *[(member, entered, JourneyExited(reason="holdout", **about)) for member in held[:60]],
        *[(member, entered + DAY, paid(1)) for member in treated[:65]],
        (treated[0], entered + DAY, JourneyGoalReached(**about)),
    )
    row = (await ask(client, "journeys"))["rows"][0]
    assert (row["members"], row["goals"], row["treated"], row["holdout"]) == (260, 1, 200, 60)
    assert row["verdict_key"] == "not_enough"
    await happen(
        shop,
        *[(member, entered, JourneyExited(reason="holdout", **about)) for member in held[60:]],
        *[(member, entered + 20 * DAY, paid(1)) for member in held[:50]],
        *[(member, entered + 2 * DAY, paid(1)) for member in held[:20]],
    )
    found = await ask(client, "journeys")
    row = found["rows"][0]
    # orders after the fourteen days do not count
    assert (row["treated"], row["treated_rate"], row["holdout"]) == (130, 0.5, 130)
    assert row["holdout_rate"] == pytest.approx(20 / 130)
    assert row["verdict_key"] == "better"
    assert 0 < row["lift_low"] < row["lift"] < row["lift_high"]
    assert "召回" in found["answer"]["zh"]


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
    (lin,) = await people(shop, NOON - 9 * DAY)
    name = '=HYPERLINK("http://bad.example","看")'
    await happen(shop, (lin, NOON - DAY, JourneyEntered(journey=name, version=1, entry=1)))
    answer = await client.get("/api/v1/reports/journeys", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="journeys-20260318.csv"' in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:2] == ["旅程", "进入旅程"]
    assert rows[1][0] == "'" + name
    await happen(
        shop, (lin, NOON - DAY, paid(12)), (lin, NOON - DAY, OrderRefunded(order="o", amount=2_000, source="p"))
    )
    english = await client.get("/api/v1/reports/overview", params={"format": "csv", "lang": "en"})
    heads, first, *_ = list(csv.reader(io.StringIO(english.text.removeprefix("\ufeff"))))
    assert first[heads.index("Net sales (CNY)")] == "-8.00"


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
    members = await people(shop, *[NOON - 90 * DAY] * 40)
    facts: list[tuple[int | None, datetime, Fact]] = []
    for week in range(1, 5):
        facts += [(member, MIDNIGHT - (7 * week + 3) * DAY, paid(10)) for member in members]
    facts += [(member, MIDNIGHT - DAY, paid(10)) for member in members[:12]]
    facts += [
        (members[0], MIDNIGHT, paid(10)),
        (members[1], MIDNIGHT - DAY, ConsentWithdrawn(channel="wecom", source="m")),
    ]
    await happen(shop, *facts)
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


async def test_what_needs_me_and_what_runs(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await people(shop, NOON - DAY)
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
                Journey(workspace_id=mine, name="七天", draft={}, state="live", version=1, created_by="user:1", **by),
                Journey(workspace_id=mine, name="草稿", draft={}, state="draft", created_by="user:1", **by),
                *[
                    Message(workspace_id=mine, intent_key=f"i{n}", state=state, due_at=NOON, changed_at=NOON, **message)
                    for n, state in enumerate(("in_doubt", "in_doubt", "failed", "delivered"))
                ],
            ]
        )  # fmt: skip
    today = (await client.get("/api/v1/today")).json()
    assert [(one["kind"], one["name"], one["total"]) for one in today["needs"]] == [
        ("messages_in_doubt", "", 2),
        ("messages_failed", "", 1),
        ("account_trouble", "门店企微", None),
        ("import", "二月.csv", None),
    ]
    assert [(one["kind"], one["name"], one["done"], one["total"]) for one in today["running"]] == [
        ("journey", "七天", None, 0),
        ("import", "三月.csv", 10, 40),
    ]
    assert all(step["done"] for step in today["start"])
    # an analyst may not see the accounts, and so is not told of their trouble
    async with shop.client(XU) as analyst:
        kinds = [one["kind"] for one in (await analyst.get("/api/v1/today")).json()["needs"]]
    assert kinds == ["messages_in_doubt", "messages_failed", "import"]
