"""An operator says whom to reach: a condition as a sentence, a count that is right, saved, and why somebody is in or out."""

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from playwright.async_api import Locator, Page, expect

from siyu.demo.api_client import ApiClient
from siyu.demo.world import CUSTOMERS
from tests.browser.conftest import Site
from tests.browser.seed import REGULAR_TREE, REGULARS, SILENT, Seeded, until
from tests.browser.seen import choose, open_page, stat

LABEL = "近 90 天下单至少 3 次"
SILENT_NAME = CUSTOMERS[-5].name
"""Bought twice, months ago."""


async def _condition(page: Page) -> Locator:
    """Adds "did something" to an empty builder and gives its card."""
    await page.get_by_role("button", name=re.compile("添加条件$")).click()
    await page.get_by_role("menuitem", name="做过 / 没做过").click()
    card = page.locator(".tree-card")
    await expect(card).to_be_visible()
    return card


async def _bought_three_times(page: Page) -> None:
    card = await _condition(page)
    await choose(page, card.get_by_role("combobox", name="行为", exact=True), "支付订单")
    days = card.get_by_role("spinbutton", name="数值")
    await days.fill("90")
    await card.get_by_role("button", name="限定").click()
    await page.get_by_role("menuitem", name="次数", exact=True).click()
    await card.locator(".tree-clause").get_by_role("spinbutton", name="数值").fill("3")


def _live_count(page: Page) -> Locator:
    return page.get_by_role("region", name="实时人数").locator(".count-figure")


async def _counted(desk: ApiClient, tree: dict[str, Any]) -> int:
    return int((await desk.post("/audience-count", {"tree": tree}))["count"])


async def test_a_condition_is_built_by_eye_and_its_count_is_the_servers(
    signed_in: Page, site: Site, desk: ApiClient
) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/audiences/new")
    await _bought_three_times(page)
    counted = await _counted(desk, REGULAR_TREE)
    assert counted == REGULARS
    await expect(_live_count(page)).to_have_text(str(counted))
    await expect(page.get_by_role("region", name="实时人数")).to_contain_text("每个条件筛选后剩余")
    await page.get_by_role("textbox", name="人群名称").fill(LABEL)
    await page.get_by_role("button", name="保存人群").click()
    await expect(page.get_by_role("heading", name=LABEL, level=1)).to_be_visible()
    saved = await desk.get(f"/audiences/{page.url.rsplit('/', 1)[-1]}")
    assert saved["tree"] in (REGULAR_TREE, {"all": [REGULAR_TREE]})
    await expect(page.locator(".page-lead")).to_have_text(saved["sentence"]["zh"])


async def test_an_unfinished_condition_is_marked_and_not_saved(signed_in: Page, site: Site) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/audiences/new")
    card = await _condition(page)
    await page.get_by_role("textbox", name="人群名称").fill("没写完")
    await page.get_by_role("button", name="保存人群").click()
    await expect(card.get_by_role("alert")).to_have_text("请先填完标出的条件")
    assert page.url.endswith("/audiences/new")


async def test_a_tag_that_is_gone_is_named_at_its_condition(signed_in: Page, site: Site) -> None:
    page = signed_in
    tree = quote(json.dumps({"all": [{"not": {"tag": {"any": ["早已删除"]}}}]}))
    await open_page(page, f"{site.address}/audiences/new?tree={tree}")
    await expect(page.locator(".tree-card").get_by_role("alert")).to_contain_text("没有“早已删除”这个标签")


async def _why(page: Page, name: str) -> Locator:
    """The reasons given for one member on the page of an audience."""
    await choose(page, page.get_by_role("combobox", name="搜索客户的姓名或编号"), name)
    return page.locator(".reasons")


async def test_a_member_is_told_why_in_and_another_why_out(
    signed_in: Page, site: Site, seeded: Seeded, desk: ApiClient
) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/audiences/{seeded.audience}")
    await expect(stat(page, "人数")).to_have_text(str(SILENT))
    reasons = await _why(page, SILENT_NAME)
    await expect(reasons).to_contain_text("在人群内")
    explained = await desk.get(f"/audiences/{seeded.audience}/explain/{await _id_of(desk, SILENT_NAME)}")
    await expect(reasons.get_by_role("listitem").first).to_contain_text(explained["reasons"][0]["zh"])
    reasons = await _why(page, CUSTOMERS[0].name)
    await expect(reasons).to_contain_text("不在人群内")
    await expect(reasons.get_by_role("img", name="不满足")).to_be_visible()


async def _id_of(desk: ApiClient, name: str) -> int:
    return int((await desk.get("/members", search=name))["items"][0]["id"])


async def test_sample_members_in_the_builder_say_why_they_are_in(signed_in: Page, site: Site, seeded: Seeded) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/audiences/{seeded.audience}/edit")
    await expect(_live_count(page)).to_have_text(str(SILENT))
    sample = page.locator(".sample-list > li").first
    await sample.get_by_role("button", name="为什么在内").click()
    await expect(sample.locator(".reasons")).to_contain_text("在人群内")
    await expect(sample.get_by_role("img", name="满足", exact=True)).to_be_visible()


async def test_who_was_in_is_asked_for_a_moment_of_the_brands_time(
    signed_in: Page, site: Site, seeded: Seeded, desk: ApiClient
) -> None:
    page = signed_in
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    members = f"/audiences/{seeded.audience}/members"
    await until(lambda: desk.get(members, at=now.isoformat()), lambda it: it["total"] == SILENT)
    await open_page(page, f"{site.address}/audiences/{seeded.audience}")
    box = page.get_by_role("textbox", name="查看当时的成员")
    status = page.get_by_role("status")
    await box.fill("2020-01-01 00:00:00")
    await box.press("Enter")
    await expect(status).to_contain_text("2020-01-01 00:00 还没有这个人群")
    await expect(page.get_by_text("当时没有人在这个人群里")).to_be_visible()
    await box.fill(now.strftime("%Y-%m-%d %H:%M:%S"))
    await box.press("Enter")
    await expect(status).to_contain_text(f"有 {SILENT} 位客户，当时生效的是第 1 版条件")
    await expect(page.get_by_role("heading", name="当时的成员")).to_be_visible()
    await expect(page.get_by_role("link", name=SILENT_NAME)).to_be_visible()


async def test_a_message_tells_the_audiences_of_its_moment(signed_in: Page, site: Site, seeded: Seeded) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/members/{seeded.member}")
    await page.get_by_role("button", name="当时所在人群").first.click()
    await expect(page.get_by_role("tooltip")).to_contain_text("当时不在任何人群里")
