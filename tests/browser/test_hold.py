"""After a move every page says what is due, and letting it go asks with that number."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from playwright.async_api import Page, expect

from siyu.demo.api_client import ApiClient
from siyu.kit.postgres import EmbeddedPostgres
from tests.browser.conftest import Site
from tests.browser.seed import Seeded
from tests.browser.seen import open_page

TITLE = "数据已恢复或迁移，所有发送与旅程已暂停"


@contextmanager
def _moved(site: Site) -> Iterator[None]:
    """The installation finds its data in another database than before."""
    postgres = EmbeddedPostgres(site.home)
    url = postgres.start()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO database_move (moved_at, cluster_before, cluster_after) VALUES (now(), 'elsewhere', 'here')"
            )
        yield
    finally:
        postgres.stop()


async def test_the_banner_says_what_is_due_and_a_release_is_refused_when_it_moved(
    signed_in: Page, site: Site, seeded: Seeded, desk: ApiClient
) -> None:
    page = signed_in
    wait = {"kind": "wait", "seconds": 60, "next": {"done": "n2"}}
    nodes = {"n1": wait, "n2": {"kind": "exit", "reason": "完"}}
    journey = await desk.post(
        "/journeys", {"name": "迁移之后", "draft": {"trigger": {"kind": "manual"}, "start": "n1", "nodes": nodes}}
    )
    await desk.post(f"/journeys/{journey['id']}/publish")
    members = [member["id"] for member in (await desk.get("/members", limit=2))["items"]]
    with _moved(site):
        await desk.post(f"/journeys/{journey['id']}/enrol", {"member_ids": members[:1]})
        held = await desk.get("/hold")
        for path in ("/", "/members", f"/journeys/{journey['id']}"):
            await open_page(page, f"{site.address}{path}")
            banner = page.get_by_role("status").filter(has_text=TITLE)
            await expect(banner).to_contain_text(held["summary"]["zh"])
        await banner.get_by_role("button", name="全部放行").click()
        dialog = page.get_by_role("dialog", name="全部放行")
        await expect(dialog).to_contain_text(held["choices"][0]["question"]["zh"])
        await desk.post(f"/journeys/{journey['id']}/enrol", {"member_ids": members[1:]})
        await dialog.get_by_role("button", name="全部放行").click()
        total = int(held["total"])
        await expect(page.get_by_text(f"刚才是 {total}，现在是 {total + 1}，请重新确认")).to_be_visible()
        assert (await desk.get("/hold"))["since"] is not None

        await expect(banner).to_contain_text((await desk.get("/hold"))["summary"]["zh"])
        await banner.get_by_role("button", name="全部放行").click()
        await page.get_by_role("dialog", name="全部放行").get_by_role("button", name="全部放行").click()
        await expect(page.get_by_role("status").filter(has_text=TITLE)).to_have_count(0)
        assert (await desk.get("/hold"))["since"] is None
