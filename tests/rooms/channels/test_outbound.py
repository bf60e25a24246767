"""No address that somebody types in leads into our own network: however it is spelled, wherever its name or a redirect leads."""

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from siyu.channels.accounts import connection
from siyu.channels.adapters.webhook import adapter as webhook
from siyu.channels.adapters.wecom import adapter as wecom
from siyu.kit import outbound
from siyu.kit.outbound import UnsafeAddress, check_url, guarded_client, open_internet
from siyu.kit.settings import Reach, Settings

TIMEOUT = httpx.Timeout(5.0)
PRIVATE = (
    "127.0.0.1", "127.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "0.0.0.0", "１２７.０.０.１",
    "10.0.0.8", "10.8", "172.16.5.4", "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1", "192.0.0.8", "198.18.0.1",
    "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255", "localhost", "LOCALHOST.", "a.localhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:10.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::a00:1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001:0:7f00:1::80ff:fffe]", "[fe80::1]", "[fc00::1]",
    "[fd12:3456::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[2606:4700::5efe:a00:1]", "[2606:4700::5efe:127.0.0.1]", "[100::1]",
)  # fmt: skip
"""This machine, its network and what is routed nowhere, in the spellings that resolvers read."""


@dataclass
class Server:
    """A server of this machine that counts its callers and sends them on."""

    port: int
    hosts: list[str] = field(default_factory=list)
    location: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            opened.hosts.append(self.headers["host"])
            self.send_response(302 if opened.location else 200)
            self.send_header("location", opened.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened = Server(listening.server_address[1])
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield opened
    listening.shutdown()
    listening.server_close()


async def call(url: str, reach: Reach, **options: Any) -> httpx.Response:
    async with guarded_client(reach, TIMEOUT, 4) as client:
        return await client.get(url, **options)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and where they lead, in the place of DNS."""
    known: dict[str, list[str]] = {}
    plain = asyncio.base_events.BaseEventLoop.getaddrinfo

    async def look_up(loop: Any, host: str, port: int, **options: Any) -> Any:
        if host not in known:
            return await plain(loop, host, port, **options)
        kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(kinds[ipaddress.ip_address(a).version], socket.SOCK_STREAM, 6, "", (a, port)) for a in known[host]]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize("host", PRIVATE)
async def test_no_spelling_of_a_private_address_is_called(host: str) -> None:
    with pytest.raises((UnsafeAddress, httpx.InvalidURL)):
        await call(f"https://{host}/", "internet")


@pytest.mark.parametrize("host", PRIVATE[:1] + PRIVATE[11:30])
def test_a_private_number_is_not_even_written_down(host: str) -> None:
    with pytest.raises(UnsafeAddress):
        check_url(f"https://{host}/hook", "internet")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://user:pw@example.com/",
        "https://example.com:22/",
        "ftp://example.com/",
        "https://",
        "//x",
        "",
    ],
)
def test_other_than_https_on_its_ports_is_not_written_down(url: str) -> None:
    with pytest.raises(UnsafeAddress):
        check_url(url, "internet")


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"]
)
def test_the_open_internet_is_open(address: str) -> None:
    assert open_internet(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["64:ff9b::7f00:1"], ["::ffff:192.168.0.1"], ["fe80::1"]],
)
async def test_a_name_that_leads_into_the_network_is_not_called(
    names: dict[str, list[str]], addresses: list[str]
) -> None:
    names["rebind.example"] = addresses
    with pytest.raises(UnsafeAddress):
        await call("https://rebind.example/", "internet")


async def test_the_name_is_looked_up_once_and_that_address_is_called(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its mind after it was judged changes nothing; the server still hears the name."""
    looked_up: list[str] = []

    async def resolve(host: str, port: int, reach: Reach) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["203.0.113.1"]

    monkeypatch.setattr(outbound, "resolve", resolve)
    answer = await call(f"http://platform.example:{server.port}/", "network")
    assert (answer.status_code, looked_up) == (200, ["platform.example"])
    assert server.hosts == [f"platform.example:{server.port}"]


async def test_tls_is_for_the_name_not_for_the_pinned_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_names: list[str | bytes | None] = []

    def wrap(
        context: ssl.SSLContext, *arguments: Any, server_hostname: str | bytes | None = None, **options: Any
    ) -> Any:
        asked_names.append(server_hostname)
        raise ssl.SSLError("enough")

    listening = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]

    async def resolve(host: str, at: int, reach: Reach) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(outbound, "resolve", resolve)
    monkeypatch.setattr(ssl.SSLContext, "wrap_bio", wrap)
    with pytest.raises((httpx.ConnectError, ssl.SSLError)):
        await call(f"https://platform.example:{port}/", "network")
    listening.close()
    assert asked_names == [b"platform.example"]


async def test_redirects_come_by_the_guard_too(server: Server) -> None:
    server.location = "http://169.254.169.254/latest"
    plain = await call(f"http://127.0.0.1:{server.port}/", "loopback")
    assert plain.status_code == 302
    with pytest.raises(UnsafeAddress):
        await call(f"http://127.0.0.1:{server.port}/", "loopback", follow_redirects=True)


async def test_loopback_is_for_this_machine_alone(server: Server, names: dict[str, list[str]]) -> None:
    assert (await call(f"http://127.0.0.1:{server.port}/", "loopback")).status_code == 200
    assert (await call(f"http://localhost:{server.port}/", "loopback")).status_code == 200
    names["localhost"] = ["10.0.0.1"]
    names["other.example"] = ["127.0.0.1"]
    for url in (
        "https://10.0.0.8/",
        "http://example.com/",
        f"http://localhost:{server.port}/",
        "https://other.example/",
    ):
        with pytest.raises(UnsafeAddress):
            await call(url, "loopback")


def test_the_open_internet_is_as_far_as_calls_go_unless_somebody_says_so() -> None:
    assert Settings.model_fields["outbound"].default == "internet"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8010", "https://192.168.0.9", "https://[::1]/", "https://2130706433/"]
)
async def test_accounts_are_not_saved_with_a_private_address(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for module in (webhook, wecom):
        monkeypatch.setattr(module, "settings", lambda: Settings(outbound="internet"))
    for body in (
        {"channel": "webhook", "name": "a", "config": {"url": url}},
        {"channel": "wecom", "name": "b", "config": {"corpid": "ww1", "base_url": url}, "secrets": {"secret": "s"}},
    ):
        answer = await client.post("/api/v1/channel-accounts", json=body)
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["path"].split(".")[0]) == (422, "config")
        assert fault["reason"] and fault["reason_zh"]


async def test_a_saved_account_is_not_called_where_the_installation_may_not_go(
    client: httpx.AsyncClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeCom too, not only webhooks: it was saved while simulators were allowed."""
    config = {"corpid": "ww1", "base_url": f"http://127.0.0.1:{server.port}"}
    made = await client.post(
        "/api/v1/channel-accounts", json={"channel": "wecom", "name": "b", "config": config, "secrets": {"secret": "s"}}
    )
    monkeypatch.setattr(connection, "settings", lambda: Settings(outbound="internet"))
    checked = (await client.post(f"/api/v1/channel-accounts/{made.json()['id']}/check")).json()
    assert checked["state"] == "trouble" and "不能指向本机" in checked["trouble"]
    assert server.hosts == []


async def test_another_address_asks_for_the_secret_anew(client: httpx.AsyncClient) -> None:
    config = {"corpid": "ww1", "base_url": "https://qyapi.weixin.qq.com"}
    body = {"channel": "wecom", "name": "b", "config": config, "secrets": {"secret": "s"}}
    made = (await client.post("/api/v1/channel-accounts", json=body)).json()
    address = f"/api/v1/channel-accounts/{made['id']}"
    moved = {"config": {"base_url": "https://collector.example"}}
    refused = await client.patch(address, json=moved)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "secrets.secret")
    assert (await client.get("/api/v1/channel-accounts")).json()["items"][0]["config"]["base_url"] == config["base_url"]
    assert (await client.patch(address, json=moved | {"secrets": {"secret": "other"}})).status_code == 200
    # the same server under another path, or another field, needs none
    assert (
        await client.patch(address, json={"config": {"base_url": "https://collector.example/api"}})
    ).status_code == 200
    assert (await client.patch(address, json={"config": {"agent_id": "7"}})).status_code == 200


async def test_what_a_remote_says_is_not_shown(client: httpx.AsyncClient) -> None:
    """Whoever answers at the address could say anything: of it only the code is shown, in our words."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = b'{"errcode": 60020, "errmsg": "<b>root:x:0:0</b> call 13912345678"}'
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    config = {"corpid": "ww1", "base_url": f"http://127.0.0.1:{listening.server_address[1]}"}
    body = {"channel": "wecom", "name": "b", "config": config, "secrets": {"secret": "s"}}
    made = (await client.post("/api/v1/channel-accounts", json=body)).json()
    checked = (await client.post(f"/api/v1/channel-accounts/{made['id']}/check")).json()
    listening.shutdown()
    listening.server_close()
    assert "root" not in checked["trouble"] and "1391" not in checked["trouble"]
    assert "60020" in checked["trouble"] and "可信 IP" in checked["trouble"]
