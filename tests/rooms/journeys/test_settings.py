"""What a journey can be made of, as the API says it, and versions from before a setting was refused."""

from datetime import timedelta
from typing import Any

import httpx

from siyu.journeys import jobs
from siyu.journeys.models import JourneyTrigger
from siyu.journeys.queries import search
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.catalogue import STEPS
from tests.rooms.journeys.world import enrol, furnish, graph, live, places, rows, tag, wait
from tests.world import NOON, Shop

HOUR = timedelta(hours=1)


async def test_every_kind_of_step_says_how_it_is_set_up(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/journey-steps")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [step["kind"] for step in body["steps"]] == list(STEPS)
    for step in body["steps"]:
        assert all(step["label"].values()), step["kind"]
        assert all(step["help"].values()), step["kind"]
        fields = step["settings"]["properties"]
        assert all(field["label"]["zh"] and field["label"]["en"] for field in fields.values()), step["kind"]
        assert step["start"].keys() <= fields.keys()
        assert all(exit["label"]["zh"] for exit in step["exits"]), step["kind"]
        assert "exits_from" not in step or step["exits_from"] in fields
        for mode in step["settings"].get("modes", ()):
            assert mode["start"].keys() <= fields.keys()
    assert [kind["kind"] for kind in body["triggers"]] == ["audience", "fact", "schedule", "manual"]
    assert [kind["kind"] for kind in body["reentries"]] == ["never", "after_finish", "always"]
    assert body["goal"]["settings"]["properties"].keys() == {"fact", "where", "within", "after"}
    assert body["exit"]["settings"]["properties"]["tree"]["format"] == "audience_tree"


async def test_pickers_are_named_by_format(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/journey-steps")).json()
    fields: dict[str, Any] = {step["kind"]: step["settings"]["properties"] for step in body["steps"]}
    assert (fields["send"]["template"]["format"], fields["send"]["template"]["of"]) == ("template", "channel")
    assert [option["value"] for option in fields["send"]["on_cap"]["options"]] == ["defer", "drop"]
    assert fields["wait"]["seconds"]["format"] == "duration"
    assert fields["tag"]["add"]["format"] == "tags"
    assert fields["branch"]["branches"]["items"]["properties"]["tree"]["format"] == "audience_tree"


async def test_a_running_version_goes_on_with_settings_that_are_refused_today(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    """Settings that nothing ever read were let through once; whoever is on such a version must not be held up by them."""
    await furnish(shop, "甲")
    async with shop.db.transaction() as tx:
        known = await references.load(tx, shop.workspace_id)
    journey = await live(shop, graph(n1=wait(3_600, "n2"), n2=tag("甲")), known)
    old: dict[str, Any] = {
        "trigger": {"kind": "manual", "day_of_month": 31},
        "start": "n1",
        "nodes": {
            "n1": wait(3_600, "n2") | {"days": "some", "colour": "red"},
            "n2": tag("甲") | {"label": 5, "remove": None},
            "end": {"kind": "exit", "reason": "完成", "text": "?"},
        },
        "goal": {"fact": "order_paid", "inside": 5},
        "exits": [{"fact": "consent_withdrawn", "when": "now"}],
        "reentry": {"kind": "never", "days": 3},
        "layout": {"n1": [1, 2]},
    }
    async with shop.db.transaction() as tx:
        version = (await search.versions(tx, journey.id))[0][0]
        version.graph = old
        trigger = await tx.get(JourneyTrigger, journey.id)
        assert trigger is not None
        trigger.config = old["trigger"]
    ids = await shop.members(3, opted_in="webhook")
    assert await enrol(shop, journey, ids) == 3
    path = f"/api/v1/journeys/{journey.id}"
    foretold = await client.post(f"{path}/dry-run", json={"member_id": ids[0], "version": 1})
    assert foretold.status_code == 200, foretold.text
    await jobs.tick(shop.db, shop.lake, NOON)
    assert await places(shop, journey) == {"n1": 3}
    await jobs.tick(shop.db, shop.lake, NOON + HOUR)
    assert await places(shop, journey) == {"finished:完成": 3}
    assert await rows(shop, "SELECT count(*) FROM member_tag") == [(3,)]

    await client.put(path, json={"draft": old})
    refused = await client.post(f"{path}/publish")
    assert refused.status_code == 422
    assert {fault["path"] for fault in refused.json()["errors"]} == {
        "trigger.day_of_month",
        "nodes.n1.colour",
        "nodes.n1.days",
        "nodes.n2.label",
        "nodes.end.text",
        "goal.inside",
        "exits[0].when",
        "reentry.days",
        "layout.n1",
    }


async def test_why_a_run_ended_is_said_in_words(shop: Shop, client: httpx.AsyncClient) -> None:
    await furnish(shop)
    async with shop.db.transaction() as tx:
        known = await references.load(tx, shop.workspace_id)
    journey = await live(shop, graph(n1=wait(3_600)), known)
    await enrol(shop, journey, await shop.members(1, opted_in="webhook"))
    await client.post(f"/api/v1/journeys/{journey.id}/end", json={"messages": "cancel"})
    [run] = (await client.get(f"/api/v1/journeys/{journey.id}/enrolments")).json()["items"]
    assert (run["ended_why"], run["ended_text"]["zh"]) == ("ended", "旅程已结束")


async def test_a_request_with_a_field_that_there_is_not_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/journeys", json={"name": "旅程", "graph": {}})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["graph"]


async def test_a_draft_is_said_with_the_names_of_the_brand(client: httpx.AsyncClient) -> None:
    audience = {"name": "vip", "label": "高价值客户", "tree": {"all": []}}
    assert (await client.post("/api/v1/audiences", json=audience)).status_code == 201
    graph = {"trigger": {"kind": "audience", "audience": "vip"}, "nodes": {"n1": {"kind": "wait", "seconds": 60}}}
    answer = await client.post("/api/v1/journey-steps/describe", json={"graph": graph})
    assert answer.status_code == 200, answer.text
    text = answer.json()
    assert text["trigger"] == {"zh": "进入人群时 · 高价值客户", "en": "When entering an audience · 高价值客户"}
    assert text["steps"]["n1"]["line"] == {"zh": "1 分钟", "en": "1 minute"}
    assert text["steps"]["n1"]["exits"] == {"done": {"zh": "完成", "en": "done"}}
