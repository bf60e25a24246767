"""What the demo connects to: a WeCom simulator as a process of its own, with its staff and customers.

Only this is simulated. Members, orders, campaigns and coupons are the real retailer's.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from siyu.demo.world import SHOP, STAFF

CORP_ID = "ww51d0a5e3c7b2f9e1"
SECRET = "siyu-simulated-secret"  # noqa: S105 (the simulator's own, it guards nothing)
CALLBACK_TOKEN = "qingxiang"  # noqa: S105 (the simulator's own)
CALLBACK_KEY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
CONFIRM_SECONDS = 60
START_SECONDS_MAX = 20
HOSTS = tuple(STAFF)
CUSTOMERS_A_CALL_MAX = 5_000


@dataclass(frozen=True)
class SimulatedWecom:
    """The running simulator."""

    address: str
    http: httpx.AsyncClient

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST to the simulator's control surface; raises httpx.HTTPStatusError."""
        answer = await self.http.post(f"{self.address}/sim{path}", json=body)
        answer.raise_for_status()
        return dict(answer.json())

    async def get(self, path: str) -> dict[str, Any]:
        """GET from the simulator's control surface; raises httpx.HTTPStatusError."""
        answer = await self.http.get(f"{self.address}/sim{path}")
        answer.raise_for_status()
        return dict(answer.json())

    async def people(self, customers: Sequence[tuple[str, str]], added_at: datetime) -> None:
        """Staff, and customers as (external_userid, remark), spread over the hosts, friends since `added_at`."""
        await self.post("/reset", {})
        staff = [{"userid": host, "name": name, "department": [1], "follow": True} for host, name in STAFF.items()]
        await self.post("/staff", {"staff": staff})
        rows = [
            {
                "userid": host_of(number),
                "external_userid": external,
                "name": name,
                "createtime": int(added_at.timestamp()),
            }
            for number, (external, name) in enumerate(customers)
        ]
        for start in range(0, len(rows), CUSTOMERS_A_CALL_MAX):
            await self.post("/customers", {"customers": rows[start : start + CUSTOMERS_A_CALL_MAX]})

    async def contact_code(self, host: str, state: str) -> str:
        """A contact code (联系我) of `host`; its config_id."""
        base = f"{self.address}/cgi-bin"
        token = await self.http.get(f"{base}/gettoken", params={"corpid": CORP_ID, "corpsecret": SECRET})
        created = await self.http.post(
            f"{base}/externalcontact/add_contact_way",
            params={"access_token": token.json()["access_token"]},
            json={"type": 1, "scene": 2, "user": [host], "state": state},
        )
        return str(created.json()["config_id"])

    async def set_clock(self, now: datetime | None) -> None:
        """Pin the simulator's clock to ours; None lets it run."""
        await self.post("/clock", {"now": now.isoformat()} if now else {"real": True})

    async def staff_confirm_by_themselves(self) -> None:
        """From now on staff confirm a send a minute after it was asked of them."""
        await self.post("/staff/behaviour", {"delay_s": CONFIRM_SECONDS, "auto": True})

    async def confirm(self, *, force: bool = False) -> dict[str, Any]:
        """Let the staff confirm what waits for them."""
        return await self.post("/run", {"force": force})


def host_of(number: int) -> str:
    """The host of the customer with this number."""
    return HOSTS[number % len(HOSTS)]


def connection(address: str) -> dict[str, Any]:
    """The channel account that an operator would fill in for the simulated corp."""
    return {
        "channel": "wecom",
        "name": f"{SHOP}企业微信（模拟）",
        "config": {"corpid": CORP_ID, "base_url": address, "agent_id": "1000002"},
        "secrets": {"secret": SECRET, "callback_token": CALLBACK_TOKEN, "callback_aes_key": CALLBACK_KEY},
    }


def callback(address: str, callback_url: str) -> dict[str, Any]:
    """Where the simulator pushes to: the path that the account told, at the address we are served on."""
    return {
        "url": address + urlsplit(callback_url).path,
        "token": CALLBACK_TOKEN,
        "encoding_aes_key": CALLBACK_KEY,
        "verify": True,
    }


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def simulated_wecom(home: Path, port: int) -> AsyncIterator[SimulatedWecom]:
    """Run the simulator on `port` over its file in SIYU_HOME until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "siyu.simulators.wecom", "--port", str(port)),
        *("--store", str(home / "simulator-wecom.sqlite"), "--corp-id", CORP_ID, "--secret", SECRET),
        # a Ctrl-C goes to the whole foreground group: the demo stops its simulator itself, last
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(timeout=60) as http:
            await _ready(http, address, process)
            yield SimulatedWecom(address, http)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _ready(http: httpx.AsyncClient, address: str, process: asyncio.subprocess.Process) -> None:
    for _ in range(START_SECONDS_MAX * 20):
        if process.returncode is not None:
            raise RuntimeError(f"the WeCom simulator ended with {process.returncode}")
        with contextlib.suppress(httpx.TransportError):
            if (await http.get(f"{address}/sim/clock")).status_code == 200:
                return
        await asyncio.sleep(0.05)
    raise RuntimeError("the WeCom simulator did not start")
