"""What a browser must fetch before a page of the console can be used, counted by the browser itself."""

from playwright.async_api import Browser, expect

from tests.browser.conftest import Site, window

FIRST_LOAD_BYTES_MAX = 300_000
"""The page, its scripts and its styles as they came over the wire."""
FILES = """() => performance.getEntries()
    .filter((entry) => entry.entryType === "navigation" || /\\.(js|css)$/.test(new URL(entry.name, location.href).pathname))
    .filter((entry) => entry.encodedBodySize !== undefined)
    .map((entry) => [new URL(entry.name, location.href).pathname, entry.encodedBodySize, entry.decodedBodySize])"""


async def _fetched(browser: Browser, site: Site, session: str, heading: str) -> dict[str, tuple[int, int]]:
    """The files behind the first page a clean browser shows: bytes sent, and bytes once unpacked."""
    async with window(browser, site, session) as page:
        await page.goto(site.address)
        await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        await page.wait_for_load_state("networkidle")
        return {path: (sent, whole) for path, sent, whole in await page.evaluate(FILES)}


async def test_signing_in_needs_little(browser: Browser, site: Site) -> None:
    _small(await _fetched(browser, site, "", "登录"))


async def test_the_first_page_of_the_day_needs_little(browser: Browser, site: Site, session: str) -> None:
    files = await _fetched(browser, site, session, "今日")
    _small(files)
    later = [
        path for path in files if any(name in path for name in ("echarts", "JourneyPage", "DataTable", "date-picker"))
    ]
    assert later == [], "charts, the canvas and tables are fetched by the pages that show them"


def _small(files: dict[str, tuple[int, int]]) -> None:
    assert any(path.endswith(".css") for path in files)
    assert sum(whole for _, whole in files.values()) > 2 * FIRST_LOAD_BYTES_MAX, "not everything was counted"
    total = sum(sent for sent, _ in files.values())
    assert total < FIRST_LOAD_BYTES_MAX, sorted(((sent, path) for path, (sent, _) in files.items()), reverse=True)
