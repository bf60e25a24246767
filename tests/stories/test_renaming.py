"""An operator renames what audiences, journeys and templates refer to: everything goes on meaning what it meant."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from siyu.app import SUBSCRIBERS
from siyu.audience.refresh import jobs as audience
from siyu.facts.lake.relay import relay
from siyu.facts.log.subscribers import consume_new
from siyu.journeys import jobs
from siyu.kit import clock
from tests.rooms.journeys.world import graph, rows, tag, wait
from tests.world import NOON, Shop

VIP: dict[str, Any] = {"tag": {"any": ["VIP"]}}
EVER: dict[str, Any] = {"did": {"fact": "tagged", "where": [{"prop": "tag", "is": "VIP"}]}}


async def sent(client: httpx.AsyncClient, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await client.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def run(shop: Shop, by: timedelta) -> None:
    """The worker's round at NOON + `by`."""
    clock.freeze(NOON + by)
    now = clock.now()
    for _ in range(2):
        await relay(shop.db, shop.lake)
        for subscriber in SUBSCRIBERS:
            await consume_new(shop.db, subscriber, now)
        await audience.refresh(shop.db, shop.lake, now)
        await jobs.tick(shop.db, shop.lake, now)


async def inside(client: httpx.AsyncClient, name: str) -> list[int]:
    (line,) = [item for item in (await sent(client, "GET", "/audiences"))["items"] if item["name"] == name]
    return [row["id"] for row in (await sent(client, "GET", f"/audiences/{line['id']}/members"))["items"]]


@pytest.fixture
async def tags(client: httpx.AsyncClient) -> dict[str, int]:
    """The tags VIP and 新客 of one group."""
    group = await sent(client, "POST", "/tag-groups", {"name": "等级"}, 201)
    made = [
        await sent(client, "POST", "/tags", {"group_id": group["id"], "name": name}, 201) for name in ("VIP", "新客")
    ]
    return {row["name"]: row["id"] for row in made} | {"group": group["id"]}


async def test_renaming_a_tag_moves_nobody(shop: Shop, client: httpx.AsyncClient, tags: dict[str, int]) -> None:
    lin, wang = await shop.members(2)
    await sent(client, "POST", f"/members/{lin}/tags", {"add": ["VIP"]})
    for name, tree in {"vips": VIP, "others": {"not": VIP}, "ever": EVER}.items():
        await sent(client, "POST", "/audiences", {"name": name, "label": name, "tree": tree}, 201)
    await run(shop, timedelta(minutes=1))
    assert [await inside(client, name) for name in ("vips", "others", "ever")] == [[lin], [wang], [lin]]
    (kept,) = await rows(
        shop, "SELECT tree FROM audience_version v JOIN audience a ON a.id = v.audience_id WHERE a.name = 'vips'"
    )
    assert kept == ({"tag": {"any": [{"key": "VIP"}]}},)

    await sent(client, "PATCH", f"/tags/{tags['VIP']}", {"name": "贵宾"}, 204)
    await run(shop, timedelta(minutes=2))
    assert [await inside(client, name) for name in ("vips", "others", "ever")] == [[lin], [wang], [lin]]
    assert await rows(shop, "SELECT count(*) FROM fact WHERE name = 'audience_left'") == [(0,)]
    lines = {item["name"]: item for item in (await sent(client, "GET", "/audiences"))["items"]}
    assert lines["vips"]["tree"] == {"tag": {"any": ["贵宾"]}}
    assert lines["vips"]["sentence"]["zh"] == "有标签 贵宾"
    assert lines["ever"]["tree"] == {"did": {"fact": "tagged", "where": [{"prop": "tag", "is": "贵宾"}]}}
    assert "贵宾" in lines["ever"]["sentence"]["zh"]

    # another tag that takes the old name is another tag, in the profile and in the facts
    await sent(client, "POST", "/tags", {"group_id": tags["group"], "name": "VIP"}, 201)
    await sent(client, "POST", f"/members/{wang}/tags", {"add": ["VIP"]})
    await sent(client, "POST", "/audiences", {"name": "new", "label": "new", "tree": VIP}, 201)
    await sent(client, "POST", "/audiences", {"name": "ever_new", "label": "ever_new", "tree": EVER}, 201)
    await run(shop, timedelta(minutes=3))
    names = ("vips", "others", "ever", "new", "ever_new")
    assert [await inside(client, name) for name in names] == [[lin], [wang], [lin], [wang], [wang]]
    timeline = (await sent(client, "GET", f"/members/{lin}/timeline?kinds=tagged"))["items"]
    assert timeline[0]["text"]["zh"].startswith("标签：贵宾")
    why = await sent(client, "POST", "/audience-explain", {"tree": {"tag": {"any": ["贵宾"]}}, "member_id": lin})
    assert (why["matched"], why["reasons"][0]["zh"]) == (True, "有标签 贵宾（现有 贵宾）")


async def test_a_tag_in_use_is_not_deleted_and_says_by_whom(
    shop: Shop, client: httpx.AsyncClient, tags: dict[str, int]
) -> None:
    row = await sent(client, "POST", "/audiences", {"name": "vips", "label": "贵宾们", "tree": VIP}, 201)
    drawn = graph(n1=tag("VIP")) | {"trigger": {"kind": "fact", "fact": "tagged", "where": EVER["did"]["where"]}}
    journey = await sent(client, "POST", "/journeys", {"name": "关怀", "draft": drawn}, 201)
    body = '{% if member.tags contains "VIP" %}贵宾{% endif %}您好'
    template = await sent(client, "POST", "/templates", {"name": "问候", "channel": "webhook", "body": body}, 201)
    for path in (f"/tags/{tags['VIP']}", f"/tag-groups/{tags['group']}"):
        refused = await sent(client, "DELETE", path, status=409)
        assert (refused["code"], [fault["path"] for fault in refused["errors"]]) == (
            "in_use",
            [f"audience.{row['id']}", f"journey.{journey['id']}", f"template.{template['id']}"],
        )
    await sent(client, "PATCH", f"/tags/{tags['VIP']}", {"name": "金"}, 204)
    renamed = await sent(client, "GET", f"/templates/{template['id']}")
    assert renamed["body"] == body.replace('"VIP"', '"金"')
    preview = await sent(client, "GET", f"/journeys/{journey['id']}")
    assert preview["draft"]["nodes"]["n1"]["add"] == ["金"]
    assert preview["draft"]["trigger"]["where"] == [{"prop": "tag", "is": "金"}]

    await sent(client, "DELETE", f"/audiences/{row['id']}", status=204)
    await sent(client, "DELETE", f"/journeys/{journey['id']}", status=204)
    await sent(client, "DELETE", f"/templates/{template['id']}", status=204)
    await sent(client, "DELETE", f"/tag-groups/{tags['group']}", status=204)


async def test_a_renamed_tag_goes_on_triggering_and_is_put_on(
    shop: Shop, client: httpx.AsyncClient, tags: dict[str, int]
) -> None:
    (lin,) = await shop.members(1)
    where = [{"prop": "tag", "is": "VIP"}]
    drawn = graph({"kind": "fact", "fact": "tagged", "where": where}, n1=wait(60, "n2"), n2=tag("新客"))
    journey = await sent(client, "POST", "/journeys", {"name": "关怀", "draft": drawn}, 201)
    await sent(client, "POST", f"/journeys/{journey['id']}/publish")
    await sent(client, "PATCH", f"/tags/{tags['VIP']}", {"name": "贵宾"}, 204)
    await sent(client, "PATCH", f"/tags/{tags['新客']}", {"name": "新朋友"}, 204)
    clock.freeze(NOON + timedelta(minutes=1))
    await sent(client, "POST", f"/members/{lin}/tags", {"add": ["贵宾"]})
    await run(shop, timedelta(minutes=2))
    await run(shop, timedelta(minutes=5))
    card = await sent(client, "GET", f"/members/{lin}")
    assert sorted(row["name"] for row in card["tags"]) == ["新朋友", "贵宾"]
    texts = await sent(client, "POST", "/journey-steps/describe", {"graph": drawn})
    assert texts["steps"]["n2"]["line"]["zh"] == "+ 新朋友"


async def test_renaming_a_journey_moves_nobody_either(shop: Shop, client: httpx.AsyncClient) -> None:
    lin, wang = await shop.members(2)
    journey = await sent(client, "POST", "/journeys", {"name": "迎新", "draft": graph(n1=wait(60))}, 201)
    path = f"/journeys/{journey['id']}"
    await sent(client, "POST", f"{path}/publish")
    await sent(client, "POST", f"{path}/enrol", {"member_ids": [lin]})
    tree = {"journey": {"name": "迎新"}}
    await sent(client, "POST", "/audiences", {"name": "walked", "label": "走过", "tree": tree}, 201)
    await sent(client, "PUT", path, {"name": "迎新二"})
    await sent(client, "POST", f"{path}/enrol", {"member_ids": [wang]})
    await run(shop, timedelta(minutes=1))
    assert await inside(client, "walked") == [lin, wang]
    (line,) = (await sent(client, "GET", "/audiences"))["items"]
    assert line["tree"] == {"journey": {"name": "迎新二"}} and "迎新二" in line["sentence"]["zh"]


async def test_renaming_a_template_does_not_stop_a_journey(shop: Shop, client: httpx.AsyncClient) -> None:
    made = {"name": "你好", "channel": "webhook", "body": "你好"}
    template = await sent(client, "POST", "/templates", made, 201)
    step = {"kind": "send", "channel": "webhook", "template": "你好"}
    step["next"] = {"sent": "end", "withheld": "end", "failed": "end"}  # type: ignore[assignment]
    journey = await sent(client, "POST", "/journeys", {"name": "迎新", "draft": graph(n1=step)}, 201)
    await sent(client, "PUT", f"/templates/{template['id']}", {"name": "您好", "body": "你好"})
    shown = await sent(client, "POST", f"/journeys/{journey['id']}/publish")
    assert shown["draft"]["nodes"]["n1"]["template"] == "您好"
    assert await rows(shop, "SELECT graph->'nodes'->'n1'->>'template' FROM journey_version") == [(str(template["id"]),)]


async def test_a_template_that_is_named_by_its_number_is_in_use(shop: Shop, client: httpx.AsyncClient) -> None:
    made = {"name": "你好", "channel": "webhook", "body": "你好"}
    template = await sent(client, "POST", "/templates", made, 201)
    step = {"kind": "send", "channel": "webhook", "template": template["id"]}
    step["next"] = {"sent": "end", "withheld": "end", "failed": "end"}
    journey = await sent(client, "POST", "/journeys", {"name": "迎新", "draft": graph(n1=step)}, 201)
    await sent(client, "POST", f"/journeys/{journey['id']}/publish")
    use = await sent(client, "GET", f"/templates/{template['id']}/use")
    assert [(user["kind"], user["name"]) for user in use["users"]] == [("journey", "迎新")]


async def test_an_option_keeps_its_members_when_it_is_renamed(shop: Shop, client: httpx.AsyncClient) -> None:
    level = {"name": "level", "label": "等级", "type": "choice", "options": ["金卡", "银卡"]}
    await sent(client, "POST", "/attributes", level, 201)
    lin, wang = await shop.members(2)
    await sent(client, "PATCH", f"/members/{lin}", {"attributes": {"level": "金卡"}})
    tree = {"profile": {"field": "level", "is": "金卡"}}
    row = await sent(client, "POST", "/audiences", {"name": "gold", "label": "金卡", "tree": tree}, 201)
    await run(shop, timedelta(minutes=1))
    renamed = await sent(client, "POST", "/attributes/level/rename-option", {"option": "金卡", "name": "黑金"})
    assert renamed["options"] == ["黑金", "银卡"]
    await sent(client, "PATCH", f"/members/{wang}", {"attributes": {"level": "黑金"}})
    await run(shop, timedelta(minutes=2))
    assert await inside(client, "gold") == [lin, wang]
    assert (await sent(client, "GET", f"/members/{lin}"))["attributes"] == {"level": "黑金"}
    line = await sent(client, "GET", f"/audiences/{row['id']}")
    assert line["tree"] == {"profile": {"field": "level", "is": "黑金"}} and "黑金" in line["sentence"]["zh"]
    why = await sent(client, "GET", f"/audiences/{row['id']}/explain/{lin}")
    assert why["reasons"][0]["zh"].endswith("（现为 黑金）")

    refused = await sent(client, "PATCH", "/attributes/level", {"options": ["银卡"]}, 409)
    assert refused["errors"][0]["path"] == f"audience.{row['id']}"
    assert (await sent(client, "DELETE", "/attributes/level", status=409))["code"] == "in_use"
    await sent(client, "DELETE", f"/audiences/{row['id']}", status=204)
    refused = await sent(client, "PATCH", "/attributes/level", {"options": ["银卡"]}, 409)
    assert refused["errors"][0]["reason_zh"] == "2 位客户是“黑金”"
    clash = await sent(client, "POST", "/attributes/level/rename-option", {"option": "银卡", "name": "黑金"}, 422)
    assert clash["errors"][0]["path"] == "name"


async def test_a_file_that_still_says_the_old_name_means_the_same_tag(
    shop: Shop, client: httpx.AsyncClient, tags: dict[str, int]
) -> None:
    (lin,) = await shop.members(1)
    await sent(client, "PATCH", f"/tags/{tags['VIP']}", {"name": "贵宾"}, 204)
    await sent(client, "PATCH", f"/tags/{tags['VIP']}", {"name": "至尊"}, 204)
    for name in ("VIP", "贵宾"):
        card = await sent(client, "POST", f"/members/{lin}/tags", {"add": [name]})
        assert [row["name"] for row in card["tags"]] == ["至尊"]
