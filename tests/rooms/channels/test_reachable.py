"""Reachable means can receive: the same members wherever it is counted, and those to whom a message would go."""

from datetime import timedelta

import httpx

from siyu.channels.accounts.queries import account_row, opened
from siyu.channels.inbound.actions import contact_links
from siyu.channels.inbound.types import ContactRemoved
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.merges import actions as contact_merges
from tests.rooms.channels.conftest import Desk
from tests.world import NOON

LATER = NOON + timedelta(hours=1)


async def figures(desk: Desk, client: httpx.AsyncClient) -> dict[str, int]:
    """How many are reachable, by who says it."""
    await desk.shop.catch_up()
    everybody = [row.id for row in await desk.rows("SELECT id FROM member WHERE merged_into IS NULL")]
    reach = (await client.get("/api/v1/member-reach", params={"ids": everybody})).json()["items"]
    tree = {"reachable": {"channel": "wecom"}}
    planned = await desk.plan([desk.intent("an", member_id=member) for member in everybody])
    return {
        "today": (await client.get("/api/v1/today")).json()["reachable"],
        "audience": (await client.post("/api/v1/audience-count", json={"tree": tree})).json()["count"],
        "of everybody": (await client.post("/api/v1/audience-reachable", json={"tree": {"all": []}})).json()[
            "reachable"
        ],
        "members": sum(any(item["reason"] is None for item in member["channels"]) for member in reach),
        "planned": sum(message.reason is None for message in planned),
    }


async def test_whoever_is_counted_as_reachable_can_receive(desk: Desk, client: httpx.AsyncClient) -> None:
    # a list that a shop keeps names WeCom customers who have not added anybody here
    strangers = await desk.shop.upsert(
        *(MemberRow({"external_userid": f"wm_far{n}"}, name=f"远{n}", consents={"wecom": True}) for n in range(3))
    )
    assert set((await figures(desk, client)).values()) == {5}

    await desk.consent(["bo"], False)
    async with desk.shop.db.transaction() as tx:
        account = opened(await account_row(tx, desk.shop.workspace_id, desk.account_id))
        await contact_links.disconnect(
            tx, account, [ContactRemoved(at=LATER, staff="wang", address="wm_dong", by="customer")], LATER
        )
        # a stranger who turns out to be a friend can be written to
        await contact_merges.merge(
            tx, desk.shop.workspace_id, strangers[0].member_id, desk.members["en"], "同一人", actor="test", now=NOON
        )
    assert set((await figures(desk, client)).values()) == {3}, "an, cai, and who was en"

    far = (await client.get("/api/v1/member-reach", params={"ids": [strangers[1].member_id]})).json()["items"][0]
    wecom = next(item for item in far["channels"] if item["channel"] == "wecom")
    assert (wecom["reason"], wecom["reason_zh"], wecom["reason_en"]) == (
        "not_yet_friend",
        "还不是好友",
        "Not yet a friend",
    )


async def test_without_an_account_nobody_is_reachable(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.shop.catch_up()
    assert (await client.delete(f"/api/v1/channel-accounts/{desk.account_id}")).status_code == 204
    await desk.shop.catch_up()
    assert (await client.get("/api/v1/today")).json()["reachable"] == 0
    count = await client.post("/api/v1/audience-count", json={"tree": {"reachable": {"channel": "wecom"}}})
    assert count.json()["count"] == 0
