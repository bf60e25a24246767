"""One suite for every channel: whatever the provider, a call is accepted, refused, later or unknown, and the provider's
own count says whether that was true."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from siyu.channels.adapters.types import (
    Accepted,
    Account,
    AdapterContext,
    Addressee,
    Batch,
    Content,
    Forged,
    PlatformError,
    Receipt,
    Refused,
    Request,
    RetryLater,
    Unknown,
    Unsendable,
)
from siyu.channels.adapters.webhook import signing
from siyu.channels.adapters.wecom.crypto import Seal, render_xml
from siyu.channels.catalogue import ADAPTERS
from siyu.simulators.wecom import Settings, running
from tests.contracts.tokens import private_tokens

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
TOKEN, AES_KEY = "callback-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Provider:
    """The other side of one channel: its account, what it can be made to do, and its own count of what it carried out."""

    account: Account
    fail: Callable[[str], None]
    """`refuse`, `busy`, `lost` (carried out, answer lost), `broken` (5xx), `unauthorised`."""
    carried_out: Callable[[], int]
    sender: str | None
    address: str
    call: Callable[[str], Request]
    """A genuine call to us; a repeat of the same one when asked again with the same word."""


@pytest.fixture(scope="module")
def wecom_server() -> Iterator[Any]:
    with running(settings=Settings(callback_retry_s=0.01, tick_s=0.05)) as server:
        yield server


@pytest.fixture
def wecom(wecom_server: Any) -> Iterator[Provider]:
    settings = wecom_server.settings
    with httpx.Client(base_url=wecom_server.base_url + "/sim", trust_env=False) as sim:

        def post(path: str, /, **body: Any) -> None:
            assert sim.post(path, json=body).status_code == 200

        post("/reset")
        post("/clock", now=NOW.timestamp())
        post("/staff", staff=[{"userid": "li"}])
        post("/customers", customers=[{"userid": "li", "external_userid": "wm_an"}])
        faults: dict[str, dict[str, Any]] = {
            "refuse": {"errcode": 40058},
            "busy": {"errcode": 45009},
            "lost": {"when": "after", "drop": True},
            "broken": {"http_status": 500, "when": "after"},
            "unauthorised": {"errcode": 60020, "path": "*"},
        }

        def fail(how: str) -> None:
            post("/faults", **{"path": "externalcontact/add_msg_template", "times": 1, **faults[how]})

        def carried_out() -> int:
            post("/run", force=True)
            received: int = sim.get("/counts").json()["received"]
            return received

        seal, nonces = Seal(TOKEN, AES_KEY, settings.corp_id), iter(range(1_000))

        def call(word: str) -> Request:
            # sealed anew each time, as the platform does when it repeats
            nonce = str(next(nonces))
            inner = render_xml({"MsgType": "event", "Event": word, "CreateTime": 1_760_500_800})
            ciphertext, signature = seal.close(inner, "1", nonce, nonce.zfill(16).encode())
            query = {"msg_signature": signature, "timestamp": "1", "nonce": nonce}
            return Request("POST", query, {}, render_xml({"Encrypt": ciphertext}).encode())

        config = {"corpid": settings.corp_id, "base_url": wecom_server.base_url}
        secrets = {"secret": settings.secrets[0], "callback_token": TOKEN, "callback_aes_key": AES_KEY}
        account = Account(1, 1, "wecom", "shop", "k", config, secrets)
        yield Provider(account, fail, carried_out, "li", "wm_an", call)


@dataclass
class _Hook:
    answers: list[int | None] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


@pytest.fixture
def webhook() -> Iterator[Provider]:
    hook = _Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message_id = signing.verify(SECRET, headers, body, NOW)
            status = hook.answers.pop(0) if hook.answers else 204
            if json.loads(body)["type"] != "ping" and (status is None or status in (204, 500)):
                hook.ids.add(message_id)
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    statuses: dict[str, int | None] = {"refuse": 422, "busy": 429, "lost": None, "broken": 500, "unauthorised": 401}

    def call(word: str) -> Request:
        body = json.dumps({"type": word}).encode()
        return Request("POST", {}, signing.headers(SECRET, f"report_{word}", NOW, body), body)

    config = {"url": f"http://127.0.0.1:{server.server_address[1]}/", "receipts": False}
    yield Provider(
        Account(2, 1, "webhook", "own", "k", config, {"secret": SECRET}),
        lambda how: hook.answers.append(statuses[how]),
        lambda: len(hook.ids),
        None,
        "7",
        call,
    )
    server.shutdown()
    server.server_close()


@pytest.fixture(params=sorted(ADAPTERS))
def provider(request: pytest.FixtureRequest) -> Provider:
    provider: Provider = request.getfixturevalue(request.param)
    return provider


@dataclass
class Line:
    """Our side."""

    provider: Provider
    http: httpx.AsyncClient

    def open(self, **changes: Any) -> Any:
        account = replace(self.provider.account, **changes)
        return self.adapter.open(AdapterContext(account, self.http, private_tokens(), lambda: NOW))

    @property
    def adapter(self) -> Any:
        return ADAPTERS[self.provider.account.channel]

    def batch(self, key: str = "key-1", text: str = "春天到了") -> Batch:
        payload = self.adapter.render(Content(text), self.provider.account.config)
        to = (Addressee(1, 7, self.provider.address),)
        return Batch(key, "message", self.provider.sender, payload, to, NOW)

    async def send(self, batch: Batch | None = None) -> Receipt:
        receipt: Receipt = await self.adapter.send(self.open(), batch or self.batch())
        return receipt


@pytest.fixture
async def line(provider: Provider) -> AsyncIterator[Line]:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        yield Line(provider, http)


async def test_accepted_means_carried_out_once(line: Line) -> None:
    receipt = await line.send()
    assert isinstance(receipt, Accepted) and receipt.refused == {}
    assert line.provider.carried_out() == 1


async def test_refused_means_not_carried_out(line: Line) -> None:
    line.provider.fail("refuse")
    receipt = await line.send()
    assert isinstance(receipt, Refused) and receipt.detail
    assert line.provider.carried_out() == 0


async def test_later_means_not_carried_out_and_then_it_is(line: Line) -> None:
    line.provider.fail("busy")
    assert isinstance(await line.send(), RetryLater)
    assert line.provider.carried_out() == 0
    assert isinstance(await line.send(), Accepted)
    assert line.provider.carried_out() == 1


async def test_nobody_there_means_later(line: Line) -> None:
    nowhere = {"base_url": "http://127.0.0.1:9", "url": "http://127.0.0.1:9/"}
    account = line.provider.account
    config = {**account.config, **{k: v for k, v in nowhere.items() if k in account.config}}
    assert isinstance(await line.adapter.send(line.open(config=config), line.batch()), RetryLater)


@pytest.mark.parametrize("how", ["lost", "broken"])
async def test_a_lost_answer_is_unknown_and_a_key_makes_it_safe_to_ask_again(line: Line, how: str) -> None:
    line.provider.fail(how)
    assert isinstance(await line.send(), Unknown)
    assert line.provider.carried_out() == 1
    if line.adapter.takes_key:
        assert isinstance(await line.send(), Accepted)
        assert line.provider.carried_out() == 1


async def test_a_batch_larger_than_the_channel_takes_is_never_made(line: Line) -> None:
    assert line.adapter.batch_max >= 1
    if line.adapter.batch_max > 1:
        to = tuple(Addressee(n, n, f"wm{n}") for n in range(line.adapter.batch_max + 1))
        with pytest.raises(ValueError, match="more than"):
            await line.send(replace(line.batch(), to=to))


@pytest.mark.parametrize("content", [Content(""), Content(" \n"), Content("长" * 30_000)])
def test_what_the_platform_would_refuse_is_not_rendered(provider: Provider, content: Content) -> None:
    with pytest.raises(Unsendable):
        ADAPTERS[provider.account.channel].render(content, provider.account.config)


def test_rendering_is_pure(provider: Provider) -> None:
    adapter = ADAPTERS[provider.account.channel]
    content = Content("春天", ({"kind": "link", "title": "到店", "url": "https://example.com"},))
    assert adapter.render(content, provider.account.config) == adapter.render(content, provider.account.config)


async def test_a_check_says_what_is_wrong(line: Line) -> None:
    await line.adapter.check(line.open())
    line.provider.fail("unauthorised")
    with pytest.raises(PlatformError) as trouble:
        await line.adapter.check(line.open())
    assert str(trouble.value)
    assert not any(secret in str(trouble.value) for secret in line.provider.account.secrets.values())


def test_a_genuine_call_is_kept_and_its_repeat_is_known(provider: Provider) -> None:
    receive = ADAPTERS[provider.account.channel].receive
    first, again, other = (receive(provider.account, provider.call(word)) for word in ("a", "a", "b"))
    assert first.body is not None and first.answer == ""
    assert first.key == again.key != other.key


def test_a_forged_call_is_refused(provider: Provider) -> None:
    receive = ADAPTERS[provider.account.channel].receive
    genuine = provider.call("a")
    stranger = replace(
        provider.account, secrets={name: value[::-1] for name, value in provider.account.secrets.items()}
    )
    forgeries = [
        replace(genuine, body=genuine.body[:-20] + b"x" * 20),
        replace(genuine, body=b""),
        replace(genuine, query={}, headers={}),
        replace(genuine, body=genuine.body + b" " * 1_000_001),
    ]
    for forged in forgeries:
        with pytest.raises(Forged):
            receive(provider.account, forged)
    with pytest.raises((Forged, ValueError)):
        receive(stranger, genuine)


def test_every_limit_has_words_and_a_unit(provider: Provider) -> None:
    for quota in ADAPTERS[provider.account.channel].quotas(provider.account.config, NOW):
        assert quota.label.zh and quota.label.en and quota.unit and quota.limit >= 0


async def test_calls_at_once_each_count(line: Line) -> None:
    receipts = await asyncio.gather(*(line.send(line.batch(f"key-{n}", f"第 {n} 条")) for n in range(8)))
    assert all(isinstance(receipt, Accepted) for receipt in receipts)
    assert line.provider.carried_out() == 8
