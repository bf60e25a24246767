"""Calls to addresses that people typed in: one guard before all of them, so that none leads into our own network.

The guard stands where the connection is made: the name is looked up once, every address behind it is judged, and the
connection goes to one of these very addresses. However an address is spelled, and wherever a redirect points, it comes by here.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpcore
import httpx

from siyu.kit.settings import Reach
from siyu.kit.text import LocalizedText

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = frozenset({443, 8443})
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is routed of IPv6; what is not in it (mapped, compatible, site-local, translated by our own network) leads nowhere else."""
PROTOCOL = ipaddress.IPv4Network("192.0.0.0/24")
"""Of the protocols' own; Python counts some of it as global."""
EMBEDDED = 0x5EFE
"""The middle of an ISATAP interface id, before the IPv4 address that it carries."""


class UnsafeAddress(httpx.ConnectError):
    """An address that may not be called; `reason` says why. Nothing was sent."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.reason = LocalizedText(zh, en)


def fault_text(error: httpx.HTTPError) -> str:
    """What went wrong with a call, without a word of the other side's."""
    return str(error) if isinstance(error, UnsafeAddress) else type(error).__name__


def check_url(url: str, reach: Reach) -> None:
    """Raises UnsafeAddress for what may not even be written down; where its name leads is judged when it is called."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise UnsafeAddress("不是有效的网址", "not a web address") from None
    _check(parts, reach)


def _check(url: httpx.URL, reach: Reach) -> None:
    if url.scheme not in ("https", "http") or not url.host:
        raise UnsafeAddress("应为 https:// 开头的网址", "not a web address")
    if url.userinfo:
        raise UnsafeAddress("网址中不能带用户名或密码", "no user name or password in the address")
    if reach == "network":
        return
    here = names_loopback(url.host)
    if here and reach == "loopback":
        return
    if here:
        text = "不能指向本机：连接模拟器请设置 SIYU_OUTBOUND=loopback"
        raise UnsafeAddress(text, "an address of this machine; for simulators set SIYU_OUTBOUND=loopback")
    if url.scheme != "https":
        raise UnsafeAddress("只能使用 https", "only https")
    if (url.port or 443) not in PORTS:
        raise UnsafeAddress("只能使用端口 443 或 8443", "only the ports 443 and 8443")
    literal = _literal(url.host)
    if literal is not None and not open_internet(literal):
        raise UnsafeAddress("不能指向内网地址", "an address of a private network")


def _literal(host: str) -> Address | None:
    """The address that `host` spells, in any way that a resolver reads (0x7f.1, 2130706433, 127.1); None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def names_loopback(host: str) -> bool:
    """Whether `host` says that it is this machine, by name or number."""
    name = host.lower().rstrip(".")
    literal = _literal(host)
    return name == "localhost" or name.endswith(".localhost") or (literal is not None and literal.is_loopback)


def open_internet(address: Address) -> bool:
    """Whether an address is on the open internet; one of IPv6 that carries an IPv4 address is judged by that."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return open_internet(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in GLOBAL_UNICAST:
            return False
        carried = address.sixtofour or (address.teredo[1] if address.teredo else None)
        if carried is None and (int(address) >> 32) & 0xFFFF == EMBEDDED:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return address.is_global and open_internet(carried)
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in PROTOCOL


async def resolve(host: str, port: int, reach: Reach) -> list[str]:
    """The addresses behind a name, every one of them judged; raises UnsafeAddress."""
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnsafeAddress("域名无法解析", "the name is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    judged = [ipaddress.ip_address(address.partition("%")[0]) for address in addresses]
    if reach == "network":
        return addresses
    if reach == "loopback" and names_loopback(host):
        if all(address.is_loopback for address in judged):
            return addresses
    elif all(open_internet(address) for address in judged):
        return addresses
    raise UnsafeAddress("域名指向内网地址", "the name leads into a private network")


class _Backend(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses only; TLS still asks for the name."""

    def __init__(self, reach: Reach) -> None:
        self._reach: Reach = reach
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first judged address that takes one."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await resolve(host, port, self._reach)
        except TimeoutError:
            raise httpcore.ConnectTimeout() from None
        for address in addresses[:-1]:
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._plain.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait between tries."""
        await self._plain.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport behind the guard."""

    def __init__(self, reach: Reach, context: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=context, trust_env=False, limits=limits)
        self._reach: Reach = reach
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Backend(reach),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; raises UnsafeAddress before anything has left."""
        _check(request.url, self._reach)
        return await super().handle_async_request(request)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates we trust; reading them takes longer than a call, so they are read once."""
    return httpx.create_ssl_context(trust_env=False)


@asynccontextmanager
async def guarded_client(
    reach: Reach, timeout: httpx.Timeout, connections_max: int
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls nothing the guard would not, trusts no proxy of the environment and follows no redirect."""
    transport = GuardedTransport(reach, _trust(), httpx.Limits(max_connections=connections_max))
    async with httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False) as client:
        yield client
