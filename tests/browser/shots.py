"""Pictures of the main pages of a running Siyu, at both widths and in both languages.

    python -m tests.browser.shots http://127.0.0.1:8000 EMAIL PASSWORD FOLDER [--only journey ...]

Not a test: somebody looks at the pictures. `docs/images` takes its own from here.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from siyu.demo.api_client import ApiClient
from siyu.demo.api_client import sign_in as open_desk
from tests.browser.conftest import ARGS, chromium
from tests.browser.seen import settled

SIZES = ((1280, 800), (390, 844))
LANGUAGES = ("zh", "en")
DRAWN_MS = 700
"""Charts and the canvas draw themselves in after the page has settled."""


async def addresses(desk: ApiClient) -> dict[str, str]:
    """{name of the picture: path}; objects are the first of their list, the journey the one with most members."""
    members = (await desk.get("/members", limit=1))["items"]
    audiences = (await desk.get("/audiences"))["items"]
    journeys = sorted((await desk.get("/journeys"))["items"], key=lambda journey: -journey["entered"])
    imports = (await desk.get("/imports", limit=1))["items"]
    pages = {
        "today": "/",
        "members": "/members",
        "tags": "/members/tags",
        "imports": "/imports",
        "import-new": "/imports/new",
    }
    pages |= {
        "audiences": "/audiences",
        "journeys": "/journeys",
        "journey-new": "/journeys/new",
        "messages": "/messages",
    }
    pages |= {"templates": "/journeys/templates", "insight": "/insight", "dictionary": "/insight/dictionary"}
    pages |= {
        f"report-{report['name']}": f"/insight/{report['name']}" for report in (await desk.get("/reports"))["items"]
    }
    pages |= {
        f"settings-{name}": f"/settings/{name}"
        for name in ("account", "team", "calm", "accounts", "keys", "operation", "audit")
    }
    if members:
        pages["member"] = f"/members/{members[0]['id']}"
    if imports:
        pages["import"] = f"/imports/{imports[0]['id']}"
    if audiences:
        pages["audience"] = f"/audiences/{audiences[0]['id']}"
        pages["builder"] = f"{pages['audience']}/edit"
    if journeys:
        pages["journey"] = f"/journeys/{journeys[0]['id']}"
    return pages


@asynccontextmanager
async def _signed_in(browser: Browser, desk: ApiClient, language: str, width: int, height: int) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2, reduced_motion="reduce"
    )
    session = desk.http.cookies["siyu_session"]
    await context.add_cookies([{"name": "siyu_session", "value": session, "url": str(desk.http.base_url)}])
    await context.add_init_script(f"localStorage.setItem('siyu.locale', '{language}')")
    yield await context.new_page()
    await context.close()


async def take(address: str, email: str, password: str, folder: Path, only: list[str]) -> list[Path]:
    """Write `<name>-<width>-<language>.png` for every page, or those in `only`; gives what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    async with open_desk(address, email, password) as desk, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        pages = {name: path for name, path in (await addresses(desk)).items() if not only or name in only}
        for width, height in SIZES:
            for language in LANGUAGES:
                async with _signed_in(browser, desk, language, width, height) as page:
                    for name, path in pages.items():
                        await page.goto(f"{address}{path}")
                        await settled(page)
                        await page.wait_for_timeout(DRAWN_MS)
                        taken.append(folder / f"{name}-{width}-{language}.png")
                        await page.screenshot(path=taken[-1])
        await browser.close()
    return taken


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("address", "email", "password"):
        parser.add_argument(name)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--only", nargs="*", default=[], help="names of pictures, such as journey, builder, today, member"
    )
    arguments = parser.parse_args()
    for path in asyncio.run(
        take(arguments.address.rstrip("/"), arguments.email, arguments.password, arguments.folder, arguments.only)
    ):
        print(path)


if __name__ == "__main__":
    main()
