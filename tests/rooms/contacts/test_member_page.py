"""A member as the console shows one: found by the end of a phone, a consent with its proof, one line a message."""

from datetime import timedelta

import httpx

from siyu.facts.catalogue.channels import MessageDelivered, MessageQueued, MessageSent
from tests.rooms.contacts.people import LIN_PHONE
from tests.world import NOON, Shop


async def test_four_digits_find_the_end_of_a_phone_number(shop: Shop, client: httpx.AsyncClient) -> None:
    member = await shop.member(phone="13800004321")
    await shop.member(phone="13843210000")
    answer = (await client.get("/api/v1/members", params={"search": "4321"})).json()
    assert [row["id"] for row in answer["items"]] == [member]
    assert (await client.get("/api/v1/members", params={"search": "321"})).json()["items"] == []


async def test_a_consent_says_where_it_was_given_and_what_proves_it(shop: Shop, client: httpx.AsyncClient) -> None:
    member = await shop.member(phone=LIN_PHONE)
    path = f"/api/v1/members/{member}/consents/wecom"
    bare = (await client.put(path, json={"state": "given"})).json()
    assert [fault["path"] for fault in bare["errors"]] == ["source", "proof"]
    blank = (await client.put(path, json={"state": "given", "source": "in_store", "proof": "  "})).json()
    assert [fault["path"] for fault in blank["errors"]] == ["proof"]
    stated = {"state": "given", "source": "in_store", "purpose": "marketing", "proof": "小票 20261130-0012"}
    (kept,) = (await client.put(path, json=stated)).json()["consents"]
    assert {name: kept[name] for name in ("source", "purpose", "proof")} == {
        "source": "in_store",
        "purpose": "marketing",
        "proof": "小票 20261130-0012",
    }
    wrong = (await client.put(path, json={**stated, "purpose": "anything"})).json()
    assert [fault["path"] for fault in wrong["errors"]] == ["purpose"]
    withdrawn = await client.put(path, json={"state": "withdrawn"})
    assert withdrawn.json()["consents"][0]["proof"] is None


async def test_a_message_is_one_line_that_says_how_it_stands(shop: Shop, client: httpx.AsyncClient) -> None:
    member = await shop.member(phone=LIN_PHONE)
    channel = {"channel": "wecom", "source": "journey:1"}
    await shop.happen(
        (member, NOON, MessageQueued(message_id=1, **channel)),
        (member, NOON + timedelta(minutes=1), MessageSent(message_id=1, **channel)),
        (member, NOON + timedelta(minutes=2), MessageQueued(message_id=2, **channel)),
        (member, NOON + timedelta(minutes=3), MessageDelivered(message_id=1, **channel)),
    )
    items = (await client.get(f"/api/v1/members/{member}/timeline")).json()["items"]
    lines = [(item["fact"], item["props"]["message_id"]) for item in items if item["fact"].startswith("message_")]
    assert lines == [("message_delivered", 1), ("message_queued", 2)]
