"""Merging two members and undoing it, over HTTP."""

from typing import Any

import httpx
import pytest

from siyu.contacts.consents import actions
from siyu.contacts.members import queries as contact_members
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.merges import queries as contact_merges
from tests.rooms.contacts.people import HOU_PHONE, LIN_PHONE, facts, snapshot, tags
from tests.world import NOON, ZHOU, Shop


@pytest.fixture
async def pair(shop: Shop, client: httpx.AsyncClient) -> tuple[int, int]:
    """Two members with something of everything, some of it in common."""
    await tags(shop, "金卡", "银卡", group="等级", exclusive=True)
    await tags(shop, "爱茶", "爱酒", group="喜好", days=30)
    for name, type_ in (("city", "text"), ("age", "number")):
        await client.post("/api/v1/attributes", json={"name": name, "label": name, "type": type_})
    first, second = await shop.upsert(
        MemberRow(
            {"phone": LIN_PHONE},
            attributes={"city": "杭州"},
            tags=["金卡", "爱茶"],
            consents={"wecom": True, "sms": True},
        ),
        MemberRow(
            {"phone": HOU_PHONE, "email": "hou@example.com"},
            name="侯二",
            attributes={"city": "宁波", "age": 30},
            tags=["银卡", "爱酒"],
            consents={"wecom": False, "email": True},
        ),
    )
    async with shop.db.transaction() as tx:
        await actions.suppress(tx, shop.workspace_id, [second.member_id], "sms", "投诉", actor="system", now=NOON)
    return first.member_id, second.member_id


async def merge(client: httpx.AsyncClient, winner: int, loser: int) -> int:
    answer = await client.post(f"/api/v1/members/{winner}/merge", json={"other_id": loser, "reason": "电话确认"})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["merge_id"])


async def undo(client: httpx.AsyncClient, merge_id: int) -> httpx.Response:
    return await client.post(f"/api/v1/merges/{merge_id}/undo")


async def test_a_merge_brings_everything_together(client: httpx.AsyncClient, pair: tuple[int, int]) -> None:
    first, second = pair
    await merge(client, first, second)
    whole = (await client.get(f"/api/v1/members/{first}")).json()
    assert (whole["name"], whole["attributes"]) == ("侯二", {"city": "杭州", "age": 30})
    assert {tag["name"] for tag in whole["tags"]} == {"金卡", "爱茶", "爱酒"}
    assert {consent["channel"]: consent["state"] for consent in whole["consents"]} == {
        "wecom": "withdrawn",
        "sms": "given",
        "email": "given",
    }
    assert [suppression["channel"] for suppression in whole["suppressions"]] == ["sms"]
    assert len(whole["identities"]) == 3
    assert whole["merged_from"] == [second]
    assert (await client.get(f"/api/v1/members/{second}")).json()["merged_into"] == first


async def test_undo_gives_everything_back_exactly(shop: Shop, client: httpx.AsyncClient, pair: tuple[int, int]) -> None:
    before = await snapshot(shop)
    merge_id = await merge(client, *pair)
    assert await snapshot(shop) != before
    answer = await undo(client, merge_id)
    assert answer.json() == {"winner_id": pair[0], "restored_id": pair[1]}
    assert await snapshot(shop) == before
    assert [props["other_id"] for _, props in await facts(shop, "member_unmerged")] == [pair[1]]


async def test_chains_and_their_undoing(shop: Shop, client: httpx.AsyncClient, pair: tuple[int, int]) -> None:
    member, other = pair
    three = await shop.member(unionid="u3", external_id="3")
    before = await snapshot(shop)
    first = await merge(client, member, other)
    between = await snapshot(shop)
    second = await merge(client, three, member)
    async with shop.db.transaction() as tx:
        assert await contact_merges.canonical(tx, [member, other, three]) == {member: three, other: three, three: three}
        assert await contact_merges.family(tx, three) == [member, other, three]
        assert set(await contact_members.cards(tx, shop.workspace_id, [other])) == {other}
    refused = await undo(client, first)
    assert (refused.status_code, refused.json()["code"]) == (409, "merged_again")
    assert str(second) in refused.json()["detail_zh"]
    assert (await undo(client, second)).status_code == 200
    assert await snapshot(shop) == between
    assert (await undo(client, first)).status_code == 200
    assert await snapshot(shop) == before
    assert (await undo(client, first)).json()["code"] == "already_undone"


async def test_an_earlier_merge_is_undone_under_a_later_one(
    shop: Shop, client: httpx.AsyncClient, pair: tuple[int, int]
) -> None:
    member, other = pair
    (three,) = await shop.upsert(MemberRow({"unionid": "u3"}, tags=["爱酒"], consents={"wecom": False}))
    before = await snapshot(shop)
    first = await merge(client, member, other)
    second = await merge(client, member, three.member_id)
    assert (await undo(client, first)).status_code == 200
    whole = (await client.get(f"/api/v1/members/{member}")).json()
    assert {tag["name"] for tag in whole["tags"]} == {"金卡", "爱茶", "爱酒"}
    assert {word["channel"]: word["state"] for word in whole["consents"]}["wecom"] == "withdrawn"
    assert (await undo(client, second)).status_code == 200
    assert await snapshot(shop) == before


async def test_no_cycles_no_self_no_strangers(shop: Shop, client: httpx.AsyncClient, pair: tuple[int, int]) -> None:
    first, second = pair
    await merge(client, first, second)

    async def tried(winner: int, loser: int) -> Any:
        body = {"other_id": loser, "reason": "x"}
        answer = await client.post(f"/api/v1/members/{winner}/merge", json=body)
        return answer.status_code, answer.json()["code"]

    assert await tried(second, first) == (409, "already_merged")
    assert await tried(first, first) == (422, "invalid")
    assert await tried(first, 999_999) == (404, "no_such_member")
    answer = await client.post(f"/api/v1/members/{first}/merge", json={"other_id": second, "reason": ""})
    assert answer.json()["errors"][0]["path"] == "reason"


async def test_the_timeline_is_the_familys(client: httpx.AsyncClient, pair: tuple[int, int]) -> None:
    first, second = pair
    merge_id = await merge(client, first, second)
    items = (await client.get(f"/api/v1/members/{first}/timeline", params={"limit": 100})).json()["items"]
    assert {item["member_id"] for item in items} == {first, second}
    assert items[0]["fact"] == "member_merged"
    assert items[0]["text"]["zh"] == "原因：电话确认"
    await undo(client, merge_id)
    items = (await client.get(f"/api/v1/members/{second}/timeline")).json()["items"]
    assert {item["member_id"] for item in items} == {second}


async def test_merges_are_listed_with_who_and_why(client: httpx.AsyncClient, pair: tuple[int, int]) -> None:
    merge_id = await merge(client, *pair)
    (listed,) = (await client.get(f"/api/v1/members/{pair[0]}/merges")).json()["items"]
    assert listed["id"] == merge_id
    assert listed["reason"] == {"zh": "电话确认", "en": "电话确认"}
    assert (listed["merged_by_name"], listed["loser_name"], listed["undone_at"]) == ("林晓", "侯二", None)


async def test_an_automatic_merge_says_why_in_both_languages(shop: Shop, client: httpx.AsyncClient) -> None:
    member, _ = await shop.member(phone=LIN_PHONE), await shop.member(unionid="u1")
    await shop.upsert(MemberRow({"phone": LIN_PHONE, "unionid": "u1"}))
    (listed,) = (await client.get(f"/api/v1/members/{member}/merges")).json()["items"]
    assert listed["reason"] == {
        "zh": "微信 UnionID与手机号属于同一人",
        "en": "WeChat UnionID and Phone of one person",
    }


async def test_a_host_may_not_merge(shop: Shop, pair: tuple[int, int]) -> None:
    async with shop.client(ZHOU) as host:
        answer = await host.post(f"/api/v1/members/{pair[0]}/merge", json={"other_id": pair[1], "reason": "x"})
    assert answer.status_code == 403
