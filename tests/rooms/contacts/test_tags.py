"""Tags: groups, exclusivity under company, expiry, bulk tagging and the norms report."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from siyu.contacts.members.rules import MemberRow
from siyu.contacts.tags import actions, jobs
from siyu.kit import clock
from tests.rooms.contacts.people import LIN_PHONE, facts, tags
from tests.world import NOON, XU, Shop


async def tag(shop: Shop, members: list[int], add: list[str], remove: list[str] | None = None) -> int:
    async with shop.db.transaction() as tx:
        return await actions.tag(
            tx, shop.workspace_id, members, add, remove or [], source="manual", actor="system", now=clock.now()
        )


async def on(shop: Shop, member_id: int) -> list[str]:
    async with shop.db.transaction() as tx:
        rows = await tx.scalars(
            text("SELECT t.name FROM member_tag mt JOIN tag t ON t.id = mt.tag_id WHERE member_id = :m ORDER BY 1"),
            {"m": member_id},
        )
        return list(rows)


async def test_a_tag_is_put_on_once_and_told_once(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await tags(shop, "爱茶")
    assert await tag(shop, [member], ["爱茶"]) == 1
    assert await tag(shop, [member], ["爱茶"]) == 0
    assert await tag(shop, [member], [], ["爱茶"]) == 1
    assert await facts(shop, "tagged") == [(member, {"tag": "爱茶", "source": "manual"})]
    assert await facts(shop, "untagged") == [(member, {"tag": "爱茶", "source": "manual"})]


async def test_a_tag_of_an_exclusive_group_replaces_the_other(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await tags(shop, "金卡", "银卡", group="等级", exclusive=True)
    await tag(shop, [member], ["金卡"])
    await tag(shop, [member], ["银卡"])
    assert await on(shop, member) == ["银卡"]
    assert [props["tag"] for _, props in await facts(shop, "untagged")] == ["金卡"]


async def test_two_exclusive_tags_at_once_leave_one(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await tags(shop, "金卡", "银卡", group="等级", exclusive=True)
    async with shop.db.transaction() as tx:
        await actions.tag(tx, shop.workspace_id, [member], ["金卡"], [], source="a", actor="system", now=NOON)
        other = asyncio.create_task(tag(shop, [member], ["银卡"]))
        await asyncio.sleep(0.3)
        assert not other.done(), "the second waits for the first"
    assert await other == 1
    assert await on(shop, member) == ["银卡"]
    assert [props["tag"] for _, props in await facts(shop, "untagged")] == ["金卡"]


async def test_many_transactions_on_many_members_keep_one_tag_each(shop: Shop) -> None:
    made = await shop.upsert(*(MemberRow({"external_id": str(n)}) for n in range(30)))
    ids = [upserted.member_id for upserted in made]
    names = ["金卡", "银卡", "铜卡", "普卡"]
    await tags(shop, *names, group="等级", exclusive=True)
    await asyncio.gather(*(tag(shop, ids[::-1] if n % 2 else ids, [name]) for n, name in enumerate(names)))
    async with shop.db.transaction() as tx:
        most = await tx.scalar(
            text("SELECT max(c) FROM (SELECT count(*) AS c FROM member_tag GROUP BY member_id) AS x")
        )
        assert await tx.scalar(text("SELECT count(*) FROM member_tag")) == 30
    assert most == 1


async def test_a_tag_comes_off_when_its_time_is_over(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await tags(shop, "近期活跃", group="活跃", days=7)
    await tag(shop, [member], ["近期活跃"])
    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    await jobs.expire(shop.db, shop.lake, clock.now())
    assert await on(shop, member) == ["近期活跃"]
    clock.advance(timedelta(seconds=1))
    await jobs.expire(shop.db, shop.lake, clock.now())
    await jobs.expire(shop.db, shop.lake, clock.now())
    assert await on(shop, member) == []
    assert await facts(shop, "untagged") == [(member, {"tag": "近期活跃", "source": "expired"})]


async def test_putting_a_tag_on_again_lets_it_stay_longer(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await tags(shop, "近期活跃", group="活跃", days=7)
    await tag(shop, [member], ["近期活跃"])
    clock.advance(timedelta(days=5))
    await tag(shop, [member], ["近期活跃"])
    clock.advance(timedelta(days=5))
    await jobs.expire(shop.db, shop.lake, clock.now())
    assert await on(shop, member) == ["近期活跃"]


async def test_bulk_tagging_over_http(shop: Shop, client: httpx.AsyncClient) -> None:
    made = await shop.upsert(*(MemberRow({"external_id": str(n)}) for n in range(1_000)))
    await tags(shop, "爱茶", "爱酒")
    ids = [upserted.member_id for upserted in made]
    answer = await client.post("/api/v1/members/bulk-tags", json={"member_ids": ids, "add": ["爱茶", "爱酒"]})
    assert answer.json() == {"changed": 1_000}
    answer = await client.post("/api/v1/members/bulk-tags", json={"member_ids": ids[:10], "remove": ["爱酒"]})
    assert answer.json() == {"changed": 10}
    assert (await client.get("/api/v1/members", params={"tag": "爱酒"})).json()["total"] == 990


async def test_all_that_the_list_shows_are_tagged_or_nobody_is(shop: Shop, client: httpx.AsyncClient) -> None:
    await shop.upsert(*(MemberRow({"external_id": str(n)}, name=f"{'茶' if n % 2 else '酒'}{n}") for n in range(500)))
    await tags(shop, "爱茶")
    body = {"matching": {"search": "茶", "expected": 249}, "add": ["爱茶"]}
    refused = await client.post("/api/v1/members/bulk-tags", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "count_moved")
    assert "250" in refused.json()["detail_zh"] and "250" in refused.json()["detail"]
    body["matching"] = {"search": "茶", "expected": 250}
    assert (await client.post("/api/v1/members/bulk-tags", json=body)).json() == {"changed": 250}
    assert (await client.get("/api/v1/members", params={"tag": "爱茶"})).json()["total"] == 250
    both = await client.post("/api/v1/members/bulk-tags", json={**body, "member_ids": [1]})
    assert (both.status_code, both.json()["errors"][0]["path"]) == (422, "member_ids")


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"add": ["没有的"]}, 422, "add"),
        ({"remove": ["没有的"]}, 422, "remove"),
        ({"add": ["金卡", "银卡"]}, 422, "add"),
    ],
)
async def test_wrong_tags_are_named(
    shop: Shop, client: httpx.AsyncClient, body: dict[str, list[str]], status: int, path: str
) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await tags(shop, "金卡", "银卡", group="等级", exclusive=True)
    answer = await client.post(f"/api/v1/members/{member}/tags", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (status, path)


async def test_groups_and_tags_over_http(shop: Shop, client: httpx.AsyncClient) -> None:
    body = {"name": "等级", "kind": "rule", "owner": "林晓", "exclusive": True, "days": 365}
    group = (await client.post("/api/v1/tag-groups", json=body)).json()
    tag_made = (await client.post("/api/v1/tags", json={"group_id": group["id"], "name": "金卡"})).json()
    again = await client.post("/api/v1/tags", json={"group_id": group["id"], "name": " 金卡 "})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    member = await shop.member(phone=LIN_PHONE)
    await client.post(f"/api/v1/members/{member}/tags", json={"add": ["金卡"]})
    assert (await client.patch(f"/api/v1/tags/{tag_made['id']}", json={"name": "金卡会员"})).status_code == 204
    (listed,) = (await client.get("/api/v1/tag-groups")).json()["items"]
    assert (listed["days"], listed["exclusive"]) == (365, True)
    assert listed["tags"] == [{"id": tag_made["id"], "name": "金卡会员", "members": 1}]
    changed = await client.patch(f"/api/v1/tag-groups/{group['id']}", json={"days": None, "name": "会员等级"})
    assert (changed.json()["days"], changed.json()["name"], changed.json()["exclusive"]) == (None, "会员等级", True)
    assert (await client.get(f"/api/v1/members/{member}")).json()["tags"][0]["expires_at"] is None
    assert (await client.delete(f"/api/v1/tag-groups/{group['id']}")).status_code == 204
    assert await on(shop, member) == []
    assert [props["source"] for _, props in await facts(shop, "untagged")] == ["tag_deleted"]
    assert (await client.get("/api/v1/tag-groups")).json()["total"] == 0


async def test_a_wrong_group_names_its_fields(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/tag-groups", json={"name": " ", "days": -1})
    assert [fault["path"] for fault in answer.json()["errors"]] == ["name", "days"]
    assert (await client.patch("/api/v1/tag-groups/999", json={"name": "x"})).status_code == 404
    assert (await client.post("/api/v1/tags", json={"group_id": 999, "name": "x"})).status_code == 404


async def test_the_norms_report(shop: Shop, client: httpx.AsyncClient) -> None:
    member = await shop.member(phone=LIN_PHONE)
    level = await tags(shop, "金卡", "银卡", group="等级")
    await tags(shop, "VIP", "ｖｉｐ", group="身份")
    await tags(shop, "近期活跃", group="活跃", days=1)
    await client.post("/api/v1/tag-groups", json={"name": "没人管", "owner": ""})
    await tag(shop, [member], ["金卡", "银卡", "VIP", "近期活跃"])
    await client.patch(f"/api/v1/tag-groups/{level}", json={"exclusive": True})
    clock.advance(timedelta(days=2))
    report = (await client.get("/api/v1/tag-norms")).json()["items"]
    norms = {(norm["kind"], norm["group"]): norm for norm in report}
    assert norms["conflicting", "等级"]["members"] == 1
    assert norms["duplicate", "身份"]["tags"] == ["VIP", "ｖｉｐ"]
    assert norms["unused", "身份"]["tags"] == ["ｖｉｐ"]
    assert norms["expired", "活跃"]["tags"] == ["近期活跃"]
    assert ("ownerless", "没人管") in norms
    assert len(report) == 5


async def test_an_analyst_may_look_but_not_tag(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    async with shop.client(XU) as analyst:
        assert (await analyst.get("/api/v1/tag-norms")).status_code == 200
        assert (await analyst.post(f"/api/v1/members/{member}/tags", json={"add": []})).status_code == 403
        assert (await analyst.post("/api/v1/tag-groups", json={"name": "x"})).status_code == 403
