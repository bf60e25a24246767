"""Saved audiences: over HTTP and through rounds of the worker, with the clock moved by hand."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from siyu.app import SUBSCRIBERS
from siyu.audience import queries
from siyu.audience.refresh import actions as refresh
from siyu.audience.refresh import jobs
from siyu.audience.saved import queries as saved_queries
from siyu.contacts.attributes import actions as contact_attributes
from siyu.contacts.members import actions as contact_members
from siyu.kit import clock
from siyu.platform.uses.actions import state_uses
from siyu.platform.uses.rules import Thing, User
from siyu.worker.poll import Poller, Registry
from tests.world import HE, NOON, XU, Shop

REGULARS = {"did": {"fact": "order_paid", "count": {">=": 3}, "within": "90d"}}
SILENT = {"did": {"fact": "order_paid", "last": {"before": "-60d"}}}
DAY = timedelta(days=1)


def worker(shop: Shop) -> Poller:
    return Poller(Registry(jobs.SUBSCRIBERS, (), jobs.TIMERS), shop.db, shop.lake, strict=True)


async def save(client: httpx.AsyncClient, name: str, tree: Any) -> int:
    answer = await client.post("/api/v1/audiences", json={"name": name, "label": f"人群 {name}", "tree": tree})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def inside(client: httpx.AsyncClient, audience_id: int) -> list[int]:
    answer = await client.get(f"/api/v1/audiences/{audience_id}/members")
    return [row["id"] for row in answer.json()["items"]]


async def moves(shop: Shop) -> list[tuple[str, int, str]]:
    async with shop.db.transaction() as tx:
        rows = await tx.execute(
            text("SELECT name, member_id, props->>'cause' FROM fact WHERE name LIKE 'audience_%' ORDER BY seq")
        )
        return [(row[0], row[1], row[2]) for row in rows]


async def test_members_enter_by_facts_and_leave_by_time_alone(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang, zhao = await shop.members(3)
    paid = [(lin, NOON - n * DAY) for n in (1, 2, 89)] + [(wang, NOON - n * DAY) for n in (1, 2)]
    await shop.paid(*paid)
    audience = await save(client, "regulars_90d", REGULARS)
    detail = (await client.get(f"/api/v1/audiences/{audience}")).json()
    assert detail["size"] is None and detail["sentence"]["zh"] == "过去 90 天内支付订单至少 3 次"

    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [lin]
    assert await moves(shop) == [("audience_entered", lin, "first")]
    detail = (await client.get(f"/api/v1/audiences/{audience}")).json()
    assert (detail["size"], detail["share"]) == (1, pytest.approx(1 / 3))
    # the oldest of the three leaves the window one day from now; nothing is due before
    assert detail["due_at"] == "2026-03-19T04:00:00.000001Z"
    assert detail["history"] == [{"at": "2026-03-17T16:00:00Z", "size": 1}]

    await shop.paid((wang, NOON - DAY), (zhao, NOON - DAY))
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [lin, wang]
    assert (await moves(shop))[1:] == [("audience_entered", wang, "facts")]

    clock.freeze(NOON + DAY)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [lin, wang], "exactly 90 days is inside"
    clock.advance(timedelta(seconds=60))
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [wang]
    assert (await moves(shop))[2:] == [("audience_left", lin, "time")]


async def test_an_idle_shop_asks_the_lake_nothing(shop: Shop, client: httpx.AsyncClient) -> None:
    (lin,) = await shop.members(1)
    await shop.paid((lin, NOON - DAY))
    await save(client, "regulars_90d", REGULARS)
    await worker(shop).run_until_idle(clock.now())
    async with shop.db.transaction() as tx:
        assert await saved_queries.due(tx, clock.now()) == {}
        assert await saved_queries.due(tx, NOON + 88 * DAY) == {}
        assert len(await saved_queries.due(tx, NOON + 90 * DAY)) == 1


async def test_a_new_version_moves_members_and_is_kept(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    await shop.paid((lin, NOON - 70 * DAY), (wang, NOON - DAY))
    audience = await save(client, "a", SILENT)
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [lin]
    body = {"label": "近期", "tree": {"not": SILENT}}
    revised = (await client.put(f"/api/v1/audiences/{audience}", json=body)).json()
    assert (revised["version"], revised["label"], revised["name"]) == (2, "近期", "a")
    assert [version["tree"] for version in revised["versions"]] == [{"not": SILENT}, SILENT]
    same = (await client.put(f"/api/v1/audiences/{audience}", json=body)).json()
    assert same["version"] == 2, "the same conditions are no new version"
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [wang]
    assert (await moves(shop))[1:] == [("audience_entered", wang, "revised"), ("audience_left", lin, "revised")]


async def test_an_audience_follows_the_one_it_refers_to(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    await shop.paid((lin, NOON - DAY))
    inner = await save(client, "buyers", {"did": {"fact": "order_paid"}})
    outer = await save(client, "others", {"not": {"audience": "buyers"}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, outer) == [wang]
    await shop.paid((wang, NOON - DAY))
    await rounds.run_until_idle(clock.now())
    assert await inside(client, outer) == []
    await client.put(f"/api/v1/audiences/{inner}", json={"label": "b", "tree": {"tag": {"any": ["vip"]}}})
    await client.put(
        f"/api/v1/audiences/{inner}", json={"label": "b", "tree": {"profile": {"field": "source", "is": "x"}}}
    )
    await rounds.run_until_idle(clock.now())
    assert await inside(client, outer) == [lin, wang]
    answer = await client.put(f"/api/v1/audiences/{inner}", json={"tree": {"audience": "others"}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "tree.audience"


async def test_what_is_in_use_is_not_dropped(shop: Shop, client: httpx.AsyncClient) -> None:
    inner = await save(client, "buyers", {"did": {"fact": "order_paid"}})
    outer = await save(client, "others", {"not": {"audience": "buyers"}})
    answer = await client.delete(f"/api/v1/audiences/{inner}")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert "人群“人群 others”" in answer.json()["detail_zh"]
    assert (await client.delete(f"/api/v1/audiences/{outer}")).status_code == 204

    journey, buyers = User("journey", "7", "召回"), Thing("audience", str(inner))
    async with shop.db.transaction() as tx:
        await state_uses(tx, shop.workspace_id, [buyers], journey)
    listed = (await client.get("/api/v1/audiences")).json()
    assert listed["items"][0]["used_by"] == [{"kind": "journey", "id": "7", "name": "召回"}]
    assert (await client.delete(f"/api/v1/audiences/{inner}")).status_code == 409
    async with shop.db.transaction() as tx:
        await state_uses(tx, shop.workspace_id, [], journey)
    assert (await client.delete(f"/api/v1/audiences/{inner}")).status_code == 204
    assert (await client.get(f"/api/v1/audiences/{inner}")).status_code == 404


async def test_names_are_unique_and_made_when_missing(shop: Shop, client: httpx.AsyncClient) -> None:
    tree: Any = {"all": []}
    made = [
        (await client.post("/api/v1/audiences", json={"label": "60 天 未下单", "tree": tree})).json() for _ in range(2)
    ]
    assert [audience["name"] for audience in made] == ["60_天_未下单", "60_天_未下单_2"]
    twice = await client.post("/api/v1/audiences", json={"name": made[0]["name"], "label": "x", "tree": tree})
    assert (twice.status_code, twice.json()["code"]) == (409, "name_taken")
    wrong = await client.post("/api/v1/audiences", json={"name": "a b;--", "label": "x", "tree": tree})
    assert wrong.json()["errors"][0]["path"] == "name"
    wrong = await client.post("/api/v1/audiences", json={"label": " ", "tree": tree})
    assert wrong.json()["errors"][0]["path"] == "label"
    wrong = await client.post("/api/v1/audiences", json={"label": "x", "tree": {"all": [{"tag": {"any": ["no"]}}]}})
    assert wrong.json()["errors"][0]["path"] == "tree.all[0].tag.any[0]"
    page = (await client.get("/api/v1/audiences", params={"search": "60", "limit": 1})).json()
    assert (page["total"], len(page["items"])) == (2, 1)
    rest = (await client.get("/api/v1/audiences", params={"cursor": page["next"]})).json()
    assert [item["name"] for item in rest["items"]] == ["60_天_未下单_2"] and rest["next"] is None


async def test_an_audience_whose_words_are_gone_keeps_its_members(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    async with shop.db.transaction() as tx:
        await contact_attributes.define_attribute(tx, shop.caller, name="city", label="城市", type="text", now=NOON)
        await contact_members.update(
            tx, shop.workspace_id, lin, {"attributes": {"city": "杭州"}}, actor="system", now=NOON
        )
    audience = await save(client, "hangzhou", {"profile": {"field": "city", "is": "杭州"}})
    rounds = worker(shop)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [lin]
    async with shop.db.transaction() as tx:
        await tx.execute(text("DELETE FROM attribute"))
        await refresh.recount(tx)
    await rounds.run_until_idle(clock.now())
    assert await inside(client, audience) == [lin]
    shown = (await client.get(f"/api/v1/audiences/{audience}")).json()
    assert "profile.field" in shown["sentence"]["en"]
    assert wang not in await inside(client, audience)


async def test_count_narrows_and_sample_and_explain_agree(shop: Shop, client: httpx.AsyncClient) -> None:
    ids = await shop.members(10)
    await shop.paid(*((member, NOON - n * 10 * DAY) for n, member in enumerate(ids)))
    await shop.catch_up()
    tree = {"all": [{"did": {"fact": "order_paid", "within": "60d"}}, {"not": {"stage": ["new"]}}]}
    counted = (await client.post("/api/v1/audience-count", json={"tree": tree})).json()
    # the order at this very moment has not happened yet; at exactly 30 and 60 days it is inside both windows
    assert (counted["count"], counted["total"], counted["share"]) == (3, 10, 0.3)
    assert counted["leaves"] == [{"path": "all[0]", "count": 6}, {"path": "all[1].not", "count": 3}]
    assert counted["narrowing"] == [{"path": "all[0]", "count": 6}, {"path": "all[1]", "count": 3}]
    earlier = {"tree": tree, "as_of": "2026-01-01T00:00:00Z"}
    assert (await client.post("/api/v1/audience-count", json=earlier)).json()["count"] == 0
    assert (await client.post("/api/v1/audience-count", json={"tree": {"all": []}})).json()["count"] == 10

    sample = (await client.post("/api/v1/audience-sample", json={"tree": tree, "limit": 2})).json()["items"]
    again = (await client.post("/api/v1/audience-sample", json={"tree": tree, "limit": 2})).json()["items"]
    assert sample == again and len(sample) == 2 and sample[0]["name"].startswith("客户")
    async with shop.db.transaction() as tx:
        members = await queries.member_ids(tx, shop.lake, shop.workspace_id, tree, NOON)
        assert {shown["id"] for shown in sample} <= set(members) == set(ids[4:7])
        assert await queries.among(tx, shop.lake, shop.workspace_id, tree, ids[:5], NOON) == {ids[4]}
    for n, member in enumerate(ids):
        body = {"tree": tree, "member_id": member}
        explained = (await client.post("/api/v1/audience-explain", json=body)).json()
        assert explained["matched"] is (member in members), n
    explained = (await client.post("/api/v1/audience-explain", json={"tree": tree, "member_id": ids[5]})).json()
    assert [reason["path"] for reason in explained["reasons"]] == ["all[0]", "all[1].not"]
    assert explained["reasons"][0]["zh"] == "过去 60 天内支付订单（实际 1 次）"
    assert explained["reasons"][0]["changes_at"] == "2026-03-28T04:00:00.000001Z"
    assert (explained["matched"], explained["changes_at"]) == (True, "2026-03-28T04:00:00.000001Z")
    assert explained["unless"] == {"zh": "支付订单", "en": "Paid an order"}
    assert (await client.post("/api/v1/audience-explain", json={"tree": tree, "member_id": 10**9})).status_code == 404


async def test_rfm_and_top_are_explained_as_they_are_counted(shop: Shop, client: httpx.AsyncClient) -> None:
    ids = await shop.members(9)
    await shop.paid(*((member, NOON - (n + 1) * DAY) for n, member in enumerate(ids) for _ in range(n + 1)))
    await shop.catch_up()
    for tree in (
        {"rfm": {"r": [4, 5]}},
        {"rfm": {"f": [1, 2, 3], "m": [3]}},
        {"top": {"n": 4, "by": {"fact": "order_paid"}}},
        {"top": {"n": 3, "by": {"fact": "order_paid", "sum": "amount", "within": "5d"}}},
    ):
        async with shop.db.transaction() as tx:
            members = set(await queries.member_ids(tx, shop.lake, shop.workspace_id, tree, NOON))
            assert 0 < len(members) < 9
            for member in ids:
                explained = await queries.explain(tx, shop.lake, shop.workspace_id, tree, member, NOON)
                assert explained.matched is (member in members)


async def test_a_wrong_tree_is_refused_with_its_path(client: httpx.AsyncClient) -> None:
    tree = {"all": [{"did": {"fact": "order_paid"}}, {"did": {"fact": "order_paid", "count": {"~": 1}}}]}
    for route in ("check", "count", "sample"):
        answer = await client.post(f"/api/v1/audience-{route}", json={"tree": tree})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [fault["path"] for fault in answer.json()["errors"]] == ["all[1].did.count.~"]
        assert ">=" in answer.json()["errors"][0]["expected"]


async def test_names_and_values_are_never_code(shop: Shop, client: httpx.AsyncClient) -> None:
    await shop.members(2)
    await shop.catch_up()
    for evil in ("x'; DROP TABLE lake.facts; --", '"', "$1", "\\", "%", "'||(SELECT 1)||'", "${1}", "{{x}}"):
        trees: Sequence[Any] = (
            {"tag": {"any": [evil]}},
            {"did": {"fact": "order_paid", "where": [{"prop": "store", "contains": evil}]}},
            {"profile": {"field": "zone", "starts_with": evil}},
            {"journey": {"name": evil}},
            {"campaign": {"name": evil, "did": "redeemed"}},
        )
        for tree in trees:
            answer = await client.post("/api/v1/audience-count", json={"tree": tree})
            assert (answer.status_code, answer.json().get("count")) == (200, 0), answer.text
        sampled = await client.post("/api/v1/audience-count", json={"tree": {"sample": {"percent": 100, "salt": evil}}})
        assert sampled.json()["count"] == 2
        for tree in (
            {"did": {"fact": evil}},
            {"did": {"fact": "order_paid", "within": evil}},
            {"profile": {"field": evil, "is": "a"}},
            {"did": {"fact": "order_paid", "where": [{"prop": evil, "is": "a"}]}},
            {"did": {"fact": "order_paid", "count": {evil: 1}}},
            {"reachable": {"channel": evil}},
            {"stage": [evil]},
            {"audience": evil},
            {evil: {}},
        ):
            assert (await client.post("/api/v1/audience-count", json={"tree": tree})).status_code == 422
    assert (await shop.lake.rows("SELECT count(*) FROM lake.profiles"))[0][0] == 2


async def test_the_builder_is_told_what_there_is(shop: Shop, client: httpx.AsyncClient) -> None:
    await save(client, "buyers", {"did": {"fact": "order_paid"}})
    async with shop.db.transaction() as tx:
        await contact_attributes.define_attribute(
            tx, shop.caller, name="city", label="城市", type="choice", options=["杭州"], now=NOON
        )
    language = (await client.get("/api/v1/audience-language")).json()
    assert [option["value"] for option in language["audiences"]] == ["buyers"]
    city = next(field for field in language["fields"] if field["name"] == "city")
    assert (city["label"]["zh"], [value["value"] for value in city["values"]]) == ("城市", ["杭州"])
    schema = (await client.get("/api/v1/audience-schema")).json()
    assert schema["$defs"]["audience"]["enum"] == ["buyers"]
    checked = (await client.post("/api/v1/audience-check", json={"tree": {"not": {"audience": "buyers"}}})).json()
    assert (checked["audiences"], checked["facts"]) == (["buyers"], ["order_paid"])
    wrong = {"tree": {"profile": {"field": "city", "is": "杭洲"}}}
    fault = (await client.post("/api/v1/audience-check", json=wrong)).json()["errors"][0]
    assert (fault["path"], fault["expected"]) == ("profile.is", "杭州")


async def test_a_tag_that_is_gone_is_a_fault_of_the_draft_at_its_path(shop: Shop, client: httpx.AsyncClient) -> None:
    tree = {"all": [{"did": {"fact": "order_paid"}}, {"not": {"tag": {"any": ["gone"]}}}]}
    draft = (await client.post("/api/v1/audience-describe", json={"tree": tree})).json()
    assert draft["sentence"] is None
    (fault,) = draft["faults"]
    assert (fault["path"], fault["reason_zh"]) == ("all[1].not.tag.any[0]", "没有“gone”这个标签")


async def test_a_change_says_who_comes_in_and_who_goes_before_it_is_saved(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    early, both, late = await shop.members(3)
    await shop.paid((early, NOON - 40 * DAY), (both, NOON - 40 * DAY), (both, NOON - DAY), (late, NOON - DAY))
    await shop.catch_up()
    audience = await save(client, "early", {"did": {"fact": "order_paid", "last": {"before": "-30d"}}})
    async with shop.db.transaction() as tx:
        await state_uses(tx, shop.workspace_id, [Thing("audience", str(audience))], User("journey", "7", "旅程七"))
    path = f"/api/v1/audiences/{audience}/revision-preview"
    preview = await client.post(path, json={"tree": {"did": {"fact": "order_paid", "within": "30d"}}})
    used_by = [{"kind": "journey", "id": "7", "name": "旅程七"}]
    assert preview.json() == {"entering": 2, "leaving": 1, "used_by": used_by}
    assert (await client.post(path, json={"tree": {"did": {"fact": "no_such"}}})).status_code == 422
    changed = {"tree": {"did": {"fact": "order_paid", "within": "30d"}}, "expected": 2}
    moved = await client.put(f"/api/v1/audiences/{audience}", json=changed)
    assert (moved.status_code, moved.json()["code"]) == (409, "count_moved")
    assert (await client.put(f"/api/v1/audiences/{audience}", json=changed | {"expected": 3})).status_code == 200


async def test_who_may_do_what(shop: Shop) -> None:
    async with shop.client(XU) as analyst:
        assert (await analyst.post("/api/v1/audience-count", json={"tree": {"all": []}})).status_code == 200
        refused = await analyst.post("/api/v1/audiences", json={"label": "x", "tree": {"all": []}})
        assert refused.status_code == 403
    async with shop.client(HE) as moderator:
        assert (await moderator.get("/api/v1/audiences")).status_code == 403


def test_the_room_is_at_its_doors() -> None:
    assert set(jobs.SUBSCRIBERS) <= set(SUBSCRIBERS)
