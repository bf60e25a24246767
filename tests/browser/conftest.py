"""A real Chromium on a real `siyu serve`."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from siyu.demo.api_client import ApiClient
from siyu.demo.api_client import sign_in as open_desk
from tests.browser.seed import Seeded, seed

SIYU = Path(sys.executable).with_name("siyu")
PASSWORD = "velvet-otter-kiln"
READY_WITHIN_SECONDS = 60
PATIENCE_MS = 30_000
"""How long a click or a look may wait on a busy machine before the story has failed."""
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Site:
    """A running Siyu: its address and the first admin's sign-in."""

    address: str
    email: str
    password: str
    home: Path


def chromium() -> str:
    """The machine's Chromium; installed when we are root on Debian; a machine without one fails the tests."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
            check=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        return "/usr/bin/chromium"
    pytest.fail("these tests need Chromium: apt-get install chromium")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`siyu serve` on an empty folder and a free port, as a process of its own."""
    home = tmp_path_factory.mktemp("home")
    log = home / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [SIYU, "serve", "--port", "0"],
            env={
                **os.environ,
                "SIYU_HOME": str(home),
                "SIYU_LAKE_MEMORY": "1GB",
                "SIYU_OUTBOUND": "loopback",
                "COLUMNS": "200",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = _wait_ready(process, log)
        email, first_password = (home / "first-password").read_text().split("\n")[:2]
        _choose_password(address, email, first_password)
        yield Site(address, email, PASSWORD, home)
    finally:
        process.terminate()
        process.wait(30)


def _choose_password(address: str, email: str, first_password: str) -> None:
    """What the first sign-in asks for."""
    with httpx.Client(base_url=f"{address}/api/v1") as client:
        answer = client.post("/sign-in", json={"email": email, "password": first_password}).raise_for_status()
        headers = {"X-CSRF-Token": answer.json()["csrf"]}
        change = {"old": first_password, "new": PASSWORD}
        client.post("/me/password", json=change, headers=headers).raise_for_status()


def _wait_ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines():
            if "is ready on" in line:
                return line.rsplit(" ", 1)[-1].strip()
        time.sleep(0.1)
    pytest.fail(f"siyu serve did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        expect.set_options(timeout=PATIENCE_MS)
        yield opened
        await opened.close()


@pytest.fixture(scope="session")
async def desk(site: Site) -> AsyncIterator[ApiClient]:
    """The API, signed in as the first admin: what stories compare the screen with."""
    async with open_desk(site.address, site.email, site.password) as opened:
        yield opened


@pytest.fixture(scope="session")
async def seeded(desk: ApiClient) -> Seeded:
    """The shop with members, orders, an audience and journeys; the same for every story, whatever ran before."""
    return await seed(desk)


@asynccontextmanager
async def window(browser: Browser, site: Site, session: str = "") -> AsyncIterator[Page]:
    """A clean window of 1280 pixels, in Chinese, with the session of somebody or nobody; a script error fails the test."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        accept_downloads=True,
        # a click may meet a menu that is still on its way
        reduced_motion="reduce",
    )
    if session:
        await context.add_cookies([{"name": "siyu_session", "value": session, "url": site.address}])
    context.set_default_timeout(PATIENCE_MS)
    opened = await context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    yield opened
    await context.close()
    assert troubles == []


@pytest.fixture
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """A clean window that nobody has signed in."""
    async with window(browser, site) as opened:
        yield opened


@pytest.fixture(scope="session")
def session(desk: ApiClient) -> str:
    """The session cookie of `desk`; signing in by hand has a story of its own."""
    return desk.http.cookies["siyu_session"]


@pytest.fixture
async def signed_in(browser: Browser, site: Site, session: str, seeded: Seeded) -> AsyncIterator[Page]:
    """A clean window of the first admin, in the seeded shop."""
    async with window(browser, site, session) as opened:
        yield opened
