"""Callbacks over loopback HTTP: verified, kept, handled once; friends come and go; newcomers are welcomed in time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from siyu.channels import jobs
from siyu.channels.accounts import actions as accounts
from siyu.channels.accounts.queries import account_rows, opened
from siyu.channels.inbound.actions import apply, callbacks
from siyu.channels.inbound.jobs import handle_callbacks, sync, sync_contacts
from siyu.web.server import serve
from siyu.worker.poll import Registry, drain
from tests.rooms.channels.conftest import AES_KEY, TOKEN, Desk
from tests.world import NOON


class Line:
    """The platform's line to the shop: events happen there, are pushed here, and handled."""

    def __init__(self, desk: Desk, address: str, path: str) -> None:
        self.desk, self.url, self.path = desk, address + path, path

    async def push(self) -> None:
        """Let the platform push what it has; the shop answers meanwhile."""
        await asyncio.to_thread(self.desk.sim.post, "callbacks/flush")

    async def handle(self) -> None:
        await self.push()
        await handle_callbacks(self.desk.shop.db, None, NOON)

    async def kept(self) -> list[Any]:
        return await self.desk.rows("SELECT id, handled_at, trouble FROM callback ORDER BY id")


@pytest.fixture
async def line(desk: Desk, client: httpx.AsyncClient) -> AsyncIterator[Line]:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(desk.shop.app, "127.0.0.1", 0, ready.set_result, stop))
    address = await ready
    (account,) = (await client.get("/api/v1/channel-accounts")).json()["items"]
    held = Line(desk, address, account["callback_url"])
    desk.sim.post("callback", url=held.url, token=TOKEN, encoding_aes_key=AES_KEY)
    yield held
    stop.set()
    await serving


def customer(name: str, staff: str = "li", **more: Any) -> dict[str, Any]:
    return {"userid": staff, "external_userid": f"wm_{name}", "name": name, **more}


async def test_the_address_is_verified_by_echo(line: Line) -> None:
    answer = await asyncio.to_thread(
        line.desk.sim.post, "callback", url=line.url, token=TOKEN, encoding_aes_key=AES_KEY, verify=True
    )
    assert answer == {"verified": True}


async def test_who_adds_the_shop_becomes_a_member_with_a_name_and_a_state(
    line: Line, client: httpx.AsyncClient
) -> None:
    person = customer("fan", state="store-7", unionid="o_fan")
    line.desk.sim.post("customers", customers=[person], events=True)
    await line.push()
    (kept,) = await line.kept()
    assert kept.handled_at is None
    await line.handle()
    fact = (await line.desk.facts("friend_added"))[-1]
    assert (fact["staff"], fact["state"]) == ("li", "store-7")
    members = (await client.get("/api/v1/members", params={"search": "fan"})).json()["items"]
    assert [member["id"] for member in members] == [fact["member_id"]]
    line.desk.members["fan"] = fact["member_id"]
    await line.desk.plan([line.desk.intent("fan")])
    await line.desk.dispatch()
    assert await line.desk.states() == [("sent", None)]


async def test_repeats_and_replays_change_nothing(line: Line, client: httpx.AsyncClient) -> None:
    line.desk.sim.post("customers", customers=[customer("fan")], events=True)
    await line.handle()
    before = len(await line.desk.facts("friend_added"))
    line.desk.sim.post("callbacks/replay", last=1)
    await line.handle()
    assert len(await line.kept()) == 1
    account = f"/api/v1/channel-accounts/{line.desk.account_id}"
    ids = [item["id"] for item in (await client.get(f"{account}/callbacks")).json()["items"]]
    assert (await client.post(f"{account}/callbacks/replay", json={"ids": ids})).json() == {"queued": 1}
    await line.handle()
    assert len(await line.desk.facts("friend_added")) == before
    assert [row.trouble for row in await line.kept()] == [None]


async def test_a_push_that_fails_is_pushed_again_and_kept_once(line: Line) -> None:
    line.desk.sim.post("callback", url=line.url + "x", token=TOKEN, encoding_aes_key=AES_KEY)
    line.desk.sim.post("customers", customers=[customer("fan")], events=True)
    await asyncio.sleep(0.02)
    line.desk.sim.post("callback", url=line.url, token=TOKEN, encoding_aes_key=AES_KEY)
    await line.handle()
    assert len(await line.kept()) == 1


async def test_friends_who_leave_are_written_to_no_more_and_may_come_back(line: Line) -> None:
    desk = line.desk
    desk.sim.post("customers/delete", userid="li", external_userid="wm_an", by="customer")
    desk.sim.post("customers/delete", userid="wang", external_userid="wm_en", by="staff")
    await line.handle()
    gone = {(fact["member_id"], fact["by"]) for fact in await desk.facts("friend_removed")}
    assert gone == {(desk.members["an"], "customer"), (desk.members["en"], "staff")}
    planned = await desk.plan([desk.intent("an"), desk.intent("en"), desk.intent("bo")])
    assert [plan.reason for plan in planned] == ["not_yet_friend", "not_yet_friend", None]
    desk.sim.post("clock", now=(NOON + timedelta(minutes=1)).timestamp())
    desk.sim.post("customers", customers=[customer("an")], events=True)
    await line.handle()
    (planned_again,) = await desk.plan([desk.intent("an")])
    assert planned_again.reason is None


async def test_an_old_event_that_comes_late_brings_nobody_back(line: Line, client: httpx.AsyncClient) -> None:
    desk = line.desk
    desk.sim.post("customers", customers=[customer("fan")], events=True)
    await line.handle()
    desk.sim.post("clock", now=(NOON + timedelta(minutes=1)).timestamp())
    desk.sim.post("customers/delete", userid="li", external_userid="wm_fan")
    await line.handle()
    account = f"/api/v1/channel-accounts/{desk.account_id}"
    added = (await line.kept())[0].id
    await client.post(f"{account}/callbacks/replay", json={"ids": [added]})
    await line.handle()
    assert await desk.rows("SELECT 1 FROM friend_link WHERE address = 'wm_fan' AND ended_at IS NULL") == []


async def test_add_and_leave_in_one_batch_end_apart(line: Line) -> None:
    desk = line.desk
    desk.sim.post("customers", customers=[customer("fan")], events=True)
    desk.sim.post("clock", now=(NOON + timedelta(minutes=1)).timestamp())
    desk.sim.post("customers/delete", userid="li", external_userid="wm_fan")
    await line.handle()
    (link,) = await desk.rows("SELECT ended_at FROM friend_link WHERE address = 'wm_fan'")
    assert link.ended_at is not None
    assert len(await desk.facts("friend_removed")) == 1


async def test_a_customer_who_writes_is_heard(line: Line) -> None:
    line.desk.sim.post("customers/speak", userid="li", external_userid="wm_an", text="在吗")
    await line.handle()
    (fact,) = await line.desk.facts("message_received")
    assert (fact["member_id"], fact["channel"]) == (line.desk.members["an"], "wecom")


async def test_what_is_forged_is_refused_and_not_kept(line: Line) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        query = {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "n"}
        body = "<xml><Encrypt>AAAA</Encrypt></xml>"
        for params in (query, {}):
            assert (await http.post(line.url, params=params, content=body)).status_code == 403
        assert (await http.get(line.url, params={**query, "echostr": "AAAA"})).status_code == 403
        assert (await http.post(line.url + "x", params=query, content=body)).status_code == 404
        assert (await http.post(line.url, params=query, content=b"x" * 1_100_000)).status_code == 413
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Encrypt>&a;</Encrypt></xml>'
        assert (await http.post(line.url, params=query, content=bomb)).status_code == 403
    assert await line.kept() == []


async def test_a_callback_nobody_understands_holds_up_no_other(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = line.desk
    desk.sim.post("customers/speak", userid="li", external_userid="wm_an", text="在吗")
    desk.sim.post("customers", customers=[customer("fan")], events=True)
    desk.sim.post("events", event="some_new_event", fields={"Thing": "1"})
    whole = apply._record_received

    async def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(apply, "_record_received", broken)
    await line.handle()
    assert sorted(row.trouble or "" for row in await line.kept()) == ["", "", "RuntimeError"]
    assert len(await desk.rows("SELECT 1 FROM friend_link WHERE address = 'wm_fan'")) == 1
    monkeypatch.setattr(apply, "_record_received", whole)
    async with desk.shop.db.transaction() as tx:
        assert await callbacks.replay(tx, desk.account_id, None) == 1
    await line.handle()
    assert len(await desk.facts("message_received")) == 1


async def _welcome(desk: Desk, body: str = "欢迎 {{ member.name }}") -> None:
    template_id = await desk.template("欢迎语", body)
    async with desk.shop.db.transaction() as tx:
        await accounts.change(
            tx,
            desk.shop.caller,
            desk.account_id,
            name=None,
            config={"welcome_template_id": template_id},
            secrets=None,
            now=NOON,
        )


async def test_a_newcomer_is_welcomed_once_by_the_deferred_job(line: Line) -> None:
    desk = line.desk
    await _welcome(desk)
    desk.sim.post("customers", customers=[customer("fan")], events=True)
    await line.push()
    await drain(Registry(jobs=jobs.JOBS), desk.shop.db, desk.shop.lake)
    assert desk.sim.received_by("wm_fan") == ["欢迎 fan"]
    assert await desk.states() == [("delivered", None)]
    desk.sim.post("callbacks/replay", last=1)
    await line.handle()
    assert desk.sim.received_by("wm_fan") == ["欢迎 fan"]
    assert [fact["source"] for fact in await desk.facts("message_delivered")] == ["welcome"]


@pytest.mark.parametrize(
    ("fault", "states", "received"),
    [
        ({"errcode": 41096, "times": 1}, [("delivered", None)], 1),
        ({"errcode": 41051, "times": 1}, [("failed", "welcome_taken")], 0),
        ({"errcode": 41050, "times": 1}, [("failed", "welcome_late")], 0),
        # the answer is lost but it was sent: asked again with the same code, the platform says so
        ({"when": "after", "drop": True, "times": 1}, [("delivered", None)], 1),
        ({"drop": True}, [("in_doubt", "lost")], 0),
    ],
)
async def test_welcomes_in_trouble(
    line: Line, fault: dict[str, Any], states: list[tuple[str, str | None]], received: int
) -> None:
    desk = line.desk
    await _welcome(desk)
    desk.sim.post("faults", path="externalcontact/send_welcome_msg", **fault)
    desk.sim.post("customers", customers=[customer("fan")], events=True)
    await line.handle()
    assert await desk.states() == states
    assert len(desk.sim.received_by("wm_fan")) == received
    await desk.dispatch(NOON + timedelta(hours=1))
    assert len(desk.sim.received_by("wm_fan")) == received


async def test_a_sync_finds_who_came_and_who_left_unnoticed(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.sim.post("customers", customers=[customer("fan", staff="wang", unionid="o_fan")])
    desk.sim.post("customers", count=250, userids=["li", "wang"])
    desk.sim.post("customers/delete", userid="li", external_userid="wm_an")
    answer = await client.post(f"/api/v1/channel-accounts/{desk.account_id}/sync")
    assert answer.status_code == 202, answer.text
    await drain(Registry(jobs=jobs.JOBS), desk.shop.db, desk.shop.lake)
    assert len(await desk.rows("SELECT 1 FROM friend_link WHERE ended_at IS NULL")) == 5 + 1 + 250 - 1
    (gone,) = await desk.facts("friend_removed")
    assert (gone["member_id"], gone["by"]) == (desk.members["an"], "unknown")
    before = len(await desk.facts("friend_added"))
    async with desk.shop.db.transaction() as tx:
        account = opened((await account_rows(tx))[0])
    assert await sync(desk.shop.db, account, NOON) == 255
    assert len(await desk.facts("friend_added")) == before == 5 + 251


async def test_a_sync_that_fails_ends_no_friendship_and_says_why(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.sim.post("faults", path="externalcontact/batch/get_by_user", errcode=60020)
    async with desk.shop.db.transaction() as tx:
        account = opened((await account_rows(tx))[0])
    await sync(desk.shop.db, account, NOON)
    assert len(await desk.rows("SELECT 1 FROM friend_link WHERE ended_at IS NULL")) == 5
    (shown,) = (await client.get("/api/v1/channel-accounts")).json()["items"]
    assert "60020" in shown["trouble"]
    await sync_contacts(desk.shop.db, None, NOON + timedelta(hours=1))
    desk.sim.http.delete("/sim/faults")
    await sync_contacts(desk.shop.db, None, NOON + timedelta(hours=6))
    (shown,) = (await client.get("/api/v1/channel-accounts")).json()["items"]
    assert shown["trouble"] is None
