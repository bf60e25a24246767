"""A simulator on a free loopback port, an SDK that is not ours to call it, and a receiver for its callbacks."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx
import pytest
import requests.adapters
from wechatpy.enterprise import WeChatClient
from wechatpy.enterprise.crypto import WeChatCrypto

from siyu.channels.adapters.wecom.client import WeComClient
from siyu.simulators.wecom import Running, Settings, running
from tests.contracts.tokens import private_tokens

PLATFORM = "https://qyapi.weixin.qq.com"
TOKEN, AES_KEY = "callback-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOON = 1_760_500_800.0
"""2025-10-15 12:00 China Standard Time."""


class Sim:
    """The steering wheel: ``/sim`` by post and get, and ``/cgi-bin`` by call."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.base_url, timeout=30, trust_env=False)

    def post(self, path: str, /, **body: Any) -> Any:
        response = self.http.post("/sim/" + path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def get(self, path: str, /, **query: Any) -> Any:
        response = self.http.get("/sim/" + path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def call(self, path: str, /, **body: Any) -> Any:
        """POST to the platform with a valid token."""
        settings = self.server.settings
        keys = {"corpid": settings.corp_id, "corpsecret": settings.secrets[0]}
        token = self.http.get("/cgi-bin/gettoken", params=keys).json()["access_token"]
        return self.http.post("/cgi-bin/" + path, params={"access_token": token}, json=body).json()

    def received_by(self, external_userid: str) -> list[str]:
        return [r["content"] for r in self.get("received", external_userid=external_userid)["received"]]


@pytest.fixture(scope="session")
def steer() -> Iterator[Sim]:
    """One server for all tests; each begins with a reset."""
    with running(settings=Settings(callback_retry_s=0.01, tick_s=0.05)) as server:
        held = Sim(server)
        yield held
        held.http.close()


@pytest.fixture
def sim(steer: Sim) -> Sim:
    """Two of the staff, three customers of Li and two of Wang, at noon of a day in October."""
    steer.post("reset")
    steer.post("clock", now=NOON)
    steer.post("staff", staff=[{"userid": "li"}, {"userid": "wang"}, {"userid": "clerk", "follow": False}])
    for userid, names in (("li", ("an", "bo", "cai")), ("wang", ("dong", "en"))):
        steer.post("customers", customers=[{"userid": userid, "external_userid": f"wm_{n}"} for n in names])
    return steer


class _Hosts(requests.adapters.HTTPAdapter):
    """What a line in /etc/hosts would do: the platform's name leads to the simulator."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        super().__init__()

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = request.url.replace(PLATFORM, self._base_url)
        return super().send(request, *args, **kwargs)


@pytest.fixture
def sdk(sim: Sim) -> Any:
    """wechatpy's client for the corp, unmodified."""
    settings = sim.server.settings
    client = WeChatClient(settings.corp_id, settings.secrets[0])
    client._http.trust_env = False
    client._http.mount(PLATFORM, _Hosts(sim.server.base_url))
    return client


@pytest.fixture
async def wecom(sim: Sim) -> AsyncIterator[WeComClient]:
    """Our client for the corp."""
    settings = sim.server.settings
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        yield WeComClient(sim.server.base_url, settings.corp_id, settings.secrets[0], private_tokens(), http)


@dataclass
class Receiver:
    """What was pushed, read by wechatpy's crypto; `answers` are the statuses to give, then 200."""

    url: str
    crypto: Any
    answers: list[int] = field(default_factory=list)
    pushes: int = 0
    messages: list[str] = field(default_factory=list)
    echo: Callable[[str], str] = str

    def take(self, query: dict[str, str], body: bytes) -> int:
        self.pushes += 1
        message = self.crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.messages.append(message)
        return status


@pytest.fixture
def receiver(sim: Sim) -> Iterator[Receiver]:
    """A receiver of callbacks, configured in the simulator."""

    class Handler(BaseHTTPRequestHandler):
        def _query(self) -> dict[str, str]:
            return {k: v[0] for k, v in parse_qs(urlparse(self.path).query).items()}

        def _reply(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            q = self._query()
            word = held.crypto.check_signature(q["msg_signature"], q["timestamp"], q["nonce"], q["echostr"])
            self._reply(200, held.echo(word).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._reply(held.take(self._query(), body))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    crypto = WeChatCrypto(TOKEN, AES_KEY, sim.server.settings.corp_id)
    held = Receiver(f"http://127.0.0.1:{server.server_address[1]}/callback", crypto)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    sim.post("callback", url=held.url, token=TOKEN, encoding_aes_key=AES_KEY)
    yield held
    server.shutdown()
    server.server_close()
