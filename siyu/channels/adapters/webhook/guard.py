"""A webhook's address is typed in by people: it must not lead into our own network."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

PORTS = frozenset({443, 8443})


class UnsafeAddress(Exception):
    """Not https, or not on the open internet."""


def check_url(url: str, private: bool) -> tuple[str, int]:
    """(host, port) of an address that may be written down; raises UnsafeAddress. `private`: anything http goes."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise UnsafeAddress("no such port") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise UnsafeAddress("not a web address")
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddress("no user name or password in the address")
    if private:
        return parts.hostname, port
    if parts.scheme != "https":
        raise UnsafeAddress("only https")
    if port not in PORTS:
        raise UnsafeAddress("only the ports 443 and 8443")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts.hostname, port
    if not open_internet(literal):
        raise UnsafeAddress("an address of a private network")
    return parts.hostname, port


def open_internet(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is on the open internet; one of IPv6 that carries an IPv4 address is judged by that."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if carried is not None:
            return open_internet(carried)
        if address in NAT64:
            return open_internet(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


async def resolve(url: str, private: bool) -> str:
    """An address to connect to, checked after its name was looked up; raises UnsafeAddress.

    The caller connects to this very address, so that a name cannot change its mind in between.
    """
    host, port = check_url(url, private)
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise UnsafeAddress("the name is not known") from None
    addresses = [str(entry[4][0]) for entry in entries]
    if not private and not all(open_internet(ipaddress.ip_address(address.split("%")[0])) for address in addresses):
        raise UnsafeAddress("the name leads into a private network")
    return addresses[0]
