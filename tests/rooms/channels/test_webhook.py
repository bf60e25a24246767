"""The webhook channel against a receiver that keeps what it got: signed, guarded, repeated with the same id."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from siyu.channels.accounts import connection
from siyu.channels.adapters.types import Content
from siyu.channels.adapters.webhook import signing
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.inbound.jobs import handle_callbacks
from siyu.channels.jobs import FORGET_ERASED
from siyu.channels.messages.rules import KEYED_TRIES_MAX
from siyu.facts.log.subscribers import consume_new
from siyu.kit.settings import Settings
from tests.rooms.channels.conftest import Desk
from tests.world import NOON


@dataclass
class Receiver:
    """A program of the brand's: `answers` are the statuses to give (None: hang up after reading), then 200."""

    url: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)

    def carried_out(self) -> set[str]:
        """What it did: once for each webhook-id, as the standard asks of receivers."""
        return {headers["webhook-id"] for headers, _ in self.got}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            held.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            status = held.answers.pop(0) if held.answers else 200
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            if status == 302:
                self.send_header("location", "http://169.254.169.254/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()


@pytest.fixture
async def hook(desk: Desk, client: httpx.AsyncClient, receiver: Receiver) -> dict[str, Any]:
    """A webhook account that may post to this machine; everybody said yes to it."""
    answer = await client.post(
        "/api/v1/channel-accounts", json={"channel": "webhook", "name": "自有系统", "config": {"url": receiver.url}}
    )
    assert answer.status_code == 201, answer.text
    await desk.consent(list(desk.members), True, "webhook")
    account: dict[str, Any] = answer.json()
    return account


async def send(desk: Desk, *names: str) -> None:
    await desk.plan([desk.intent(name, channel="webhook") for name in names])
    await desk.dispatch()


async def test_a_message_is_posted_signed_and_delivered(desk: Desk, hook: dict[str, Any], receiver: Receiver) -> None:
    await send(desk, "an")
    assert await desk.states() == [("delivered", None)]
    ((headers, body),) = receiver.got
    payload = json.loads(body)
    assert payload["data"]["text"] == "an，今天有新到的草莓"
    assert payload["data"]["member_id"] == desk.members["an"]
    # checked here by hand, not with the code that signed it
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    for name in ("message_sent", "message_delivered"):
        assert [fact["member_id"] for fact in await desk.facts(name)] == [desk.members["an"]]


@pytest.mark.parametrize("trouble", [None, 500, 503])
async def test_an_unknown_outcome_is_repeated_with_the_same_key_and_body(
    desk: Desk, hook: dict[str, Any], receiver: Receiver, trouble: int | None
) -> None:
    receiver.answers = [trouble, trouble]
    await send(desk, "an")
    assert await desk.states() == [("sending", None)]
    await desk.dispatch(NOON + timedelta(seconds=29))
    assert len(receiver.got) == 1
    await desk.dispatch(NOON + timedelta(seconds=31))
    await desk.dispatch(NOON + timedelta(seconds=400))
    await desk.dispatch(NOON + timedelta(hours=5))
    assert await desk.states() == [("delivered", None)]
    assert len(receiver.got) == 3
    assert len(receiver.carried_out()) == 1
    assert len({body for _, body in receiver.got}) == 1


async def test_a_call_that_cannot_be_written_again_is_in_doubt_and_holds_up_no_other(
    desk: Desk, hook: dict[str, Any], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answers = [500, 500]
    await send(desk, "an", "bo")
    adapter = ADAPTERS["webhook"]

    def render(content: Content, config: Any) -> Any:
        if content.text.startswith("an"):
            raise KeyError("text")
        return adapter.render(content, config)

    monkeypatch.setitem(ADAPTERS, "webhook", replace(adapter, render=render))
    await desk.dispatch(NOON + timedelta(minutes=5))
    states = dict(await desk.rows("SELECT member_id, state FROM message"))
    assert states == {desk.members["an"]: "in_doubt", desk.members["bo"]: "delivered"}
    assert len(receiver.carried_out()) == 2


async def test_a_repeat_waits_for_the_night_to_end(
    desk: Desk, hook: dict[str, Any], receiver: Receiver, client: httpx.AsyncClient
) -> None:
    receiver.answers = [500]
    await send(desk, "an")
    await desk.calm(client, quiet={"start": "12:00", "end": "13:00"})
    await desk.dispatch(NOON + timedelta(minutes=10))
    assert len(receiver.got) == 1
    await desk.dispatch(NOON + timedelta(minutes=61))
    assert await desk.states() == [("delivered", None)]


async def test_who_is_erased_is_forgotten_here_too(
    desk: Desk, hook: dict[str, Any], receiver: Receiver, client: httpx.AsyncClient
) -> None:
    receiver.answers = [500]
    await send(desk, "an", "bo")
    await desk.plan([desk.intent("an"), desk.intent("bo")])
    erased = await client.post(f"/api/v1/members/{desk.members['an']}/erase")
    assert erased.status_code in (200, 204), erased.text
    await consume_new(desk.shop.db, FORGET_ERASED, NOON)
    rows = await desk.rows(
        "SELECT state, reason, content, address FROM message WHERE member_id = :id ORDER BY id", id=desk.members["an"]
    )
    assert [(row.content, row.address) for row in rows] == [(None, None)] * 2
    assert rows[1].state == "withheld" and rows[1].reason == "erased"
    assert await desk.rows("SELECT 1 FROM friend_link WHERE member_id = :id", id=desk.members["an"]) == []
    await desk.dispatch(NOON + timedelta(hours=1))
    states = dict(await desk.rows("SELECT member_id, state FROM message WHERE channel = 'webhook'"))
    assert states[desk.members["bo"]] == "delivered"
    assert states[desk.members["an"]] in ("delivered", "in_doubt")


async def test_what_never_answers_is_left_to_a_person_in_the_end(
    desk: Desk, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.answers = [500] * 50
    await send(desk, "an")
    for hour in range(1, 20):
        await desk.dispatch(NOON + timedelta(hours=2 * hour))
    assert await desk.states() == [("in_doubt", "lost")]
    assert len(receiver.got) == KEYED_TRIES_MAX


async def test_later_is_later_and_no_is_no(desk: Desk, hook: dict[str, Any], receiver: Receiver) -> None:
    receiver.answers = [429, 400]
    await send(desk, "an")
    assert await desk.states() == [("queued", "busy")]
    await desk.dispatch(NOON + timedelta(minutes=1))
    assert await desk.states() == [("failed", "refused")]


async def test_redirects_are_not_followed(desk: Desk, hook: dict[str, Any], receiver: Receiver) -> None:
    receiver.answers = [302]
    await send(desk, "an")
    assert await desk.states() == [("failed", "refused")]


async def test_an_address_in_our_own_network_is_not_called(
    desk: Desk, hook: dict[str, Any], receiver: Receiver, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "settings", lambda: Settings(outbound="internet"))
    await send(desk, "an")
    assert receiver.got == []
    assert await desk.states() == [("queued", "account_trouble")]
    checked = (await client.post(f"/api/v1/channel-accounts/{hook['id']}/check")).json()
    assert checked["trouble"]


async def test_a_check_is_a_signed_ping(hook: dict[str, Any], receiver: Receiver, client: httpx.AsyncClient) -> None:
    checked = (await client.post(f"/api/v1/channel-accounts/{hook['id']}/check")).json()
    assert checked["trouble"] is None and checked["checked_at"]
    headers, body = receiver.got[-1]
    assert json.loads(body)["type"] == "ping"
    assert signing.verify(hook["secret"], headers, body, NOON)
    receiver.answers = [500]
    checked = (await client.post(f"/api/v1/channel-accounts/{hook['id']}/check")).json()
    assert checked["trouble"] == "HTTP 500"


async def test_a_receiver_that_reports_decides_what_became_of_it(
    desk: Desk, hook: dict[str, Any], client: httpx.AsyncClient
) -> None:
    await client.patch(f"/api/v1/channel-accounts/{hook['id']}", json={"config": {"receipts": True}})
    await send(desk, "an", "bo")
    assert await desk.states() == [("sent", None)] * 2
    ids = [row.id for row in await desk.rows("SELECT id FROM message ORDER BY id")]
    for n, (number, kind) in enumerate(zip(ids, ("message.delivered", "message.failed"), strict=True)):
        body = json.dumps({"type": kind, "data": {"message_id": number}}).encode()
        for secret, status in (("whsec_" + base64.b64encode(b"x" * 32).decode(), 403), (hook["secret"], 200)):
            headers = signing.headers(secret, f"report-{n}", NOON, body)
            assert (await client.post(hook["callback_url"], content=body, headers=headers)).status_code == status
    await handle_callbacks(desk.shop.db, None, NOON)
    assert await desk.states() == [("delivered", None), ("failed", "refused")]
    assert await desk.rows("SELECT 1 FROM dispatch WHERE closed_at IS NULL") == []


def test_a_signature_is_of_its_id_time_and_body() -> None:
    secret = "whsec_" + base64.b64encode(b"s" * 32).decode()
    headers = signing.headers(secret, "msg_1", NOON, b"{}")
    assert signing.verify(secret, headers, b"{}", NOON) == "msg_1"
    for changed, body, now in (
        ({**headers, "webhook-id": "msg_2"}, b"{}", NOON),
        ({**headers, "webhook-timestamp": "1"}, b"{}", NOON),
        (headers, b"{ }", NOON),
        (headers, b"{}", NOON + timedelta(minutes=6)),
        ({}, b"{}", NOON),
    ):
        with pytest.raises(signing.WrongSignature):
            signing.verify(secret, changed, body, now)


def test_the_signature_is_the_one_of_the_standards_own_example() -> None:
    """The vector of the Standard Webhooks libraries."""
    sent = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert signing.verify(secret, sent, b'{"test": 2432232314}', None) == sent["webhook-id"]
