"""The win-back SOP: taken ready, mended where it is marked, walked with the clock moved, published to people who are named."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from siyu.demo.api_client import ApiClient
from siyu.demo.world import CUSTOMERS
from tests.browser.conftest import Site
from tests.browser.seed import QUIET, SILENT, Seeded, until
from tests.browser.seen import choose, open_page, stat

WINBACK = "沉默客户召回"
START = "2027-03-01 08:00:00"


def _trigger(page: Page) -> Locator:
    return page.locator(".step-card.trigger")


async def _take_kit(page: Page, site: Site, name: str) -> int:
    """The ready win-back under a name of its own; gives its id."""
    await open_page(page, f"{site.address}/journeys/new")
    await page.get_by_role("textbox", name="旅程名称").fill(name)
    kit = page.locator(".kit").filter(has_text=WINBACK)
    await kit.get_by_role("button", name="使用这套 SOP").click()
    await page.wait_for_url(re.compile(r"/journeys/\d+$"))
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return int(page.url.rsplit("/", 1)[-1])


async def _ready(desk: ApiClient, site: Site, page: Page, name: str) -> int:
    """A win-back for the shop's silent members, drawn by API and opened."""
    journey = await desk.post("/journey-kits/winback", {"name": name, "audience": QUIET["name"]})
    await open_page(page, f"{site.address}/journeys/{journey['id']}")
    await expect(page.get_by_text("可以发布")).to_be_visible()
    return int(journey["id"])


async def test_a_ready_sop_marks_what_is_missing_until_it_is_chosen(
    signed_in: Page, site: Site, seeded: Seeded, desk: ApiClient
) -> None:
    page = signed_in
    journey = await _take_kit(page, site, "召回一")
    await expect(page.locator(".react-flow__node .step-card", has_text="沉默召回 好久不见")).to_be_visible()
    await expect(_trigger(page)).to_have_class(re.compile("faulty"))
    await page.get_by_role("button", name="1 处需要修改").click()
    await page.get_by_role("tooltip").get_by_role("button", name="谁会进入").click()
    panel = page.get_by_role("dialog", name="谁会进入")
    await choose(page, panel.get_by_role("combobox", name="人群", exact=True), QUIET["label"])
    await expect(page.get_by_text("可以发布")).to_be_visible()
    await expect(_trigger(page)).not_to_have_class(re.compile("faulty"))
    await expect(_trigger(page)).to_contain_text(QUIET["label"])
    assert (await desk.get(f"/journeys/{journey}"))["draft"]["trigger"]["audience"] == QUIET["name"]


async def test_a_step_without_its_text_is_marked_on_the_canvas(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    await _ready(desk, site, page, "召回二")
    await page.get_by_role("button", name="在这里插入步骤").first.click()
    await page.get_by_role("menuitem", name=re.compile("^发送")).click()
    marked = page.locator(".step-card.faulty")
    await expect(marked).to_have_count(1)
    await expect(marked).to_contain_text("未选模板")
    panel = page.get_by_role("dialog", name="发送")
    await panel.get_by_role("button", name="移除这一步").click()
    await expect(marked).to_have_count(0)
    await expect(page.get_by_text("可以发布")).to_be_visible()


async def _reached(desk: ApiClient, journey: int) -> str:
    """A member whom the split does not leave alone."""
    for name in (guest.name for guest in CUSTOMERS):
        member = (await desk.get("/members", search=name))["items"][0]["id"]
        run = await desk.post(f"/journeys/{journey}/dry-run", {"member_id": member})
        if any(moment["message"] for moment in run["moments"]):
            return name
    raise AssertionError("the split leaves everybody alone")


async def _walk(page: Page, name: str) -> Locator:
    """The drawer of the dry run, filled in for somebody from START."""
    await page.get_by_role("button", name="试跑", exact=True).click()
    drawer = page.get_by_role("dialog", name="试跑")
    await choose(page, drawer.get_by_role("combobox", name="搜索客户的姓名或编号"), name)
    begins = drawer.get_by_label("开始时间")
    await begins.fill(START)
    await begins.press("Enter")
    return drawer


async def test_a_dry_run_walks_one_member_with_the_clock_moved(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    journey = await _ready(desk, site, page, "召回三")
    name = await _reached(desk, journey)
    drawer = await _walk(page, name)
    await drawer.get_by_role("button", name="开始试跑").click()
    moments = drawer.locator(".moments > li")
    await expect(moments.first).to_contain_text("2027-03-01 08:00")
    letter = moments.nth(2)
    await expect(letter).to_contain_text("2027-03-01 10:00")
    await expect(letter.locator(".template-text")).to_contain_text(f"{name}，有一阵没见了")
    await expect(letter.locator(".template-text")).to_contain_text("会被拦下：没有可用的渠道账号")
    await letter.get_by_role("button").click()
    await expect(page.locator(".step-card.lit-now")).to_contain_text("沉默召回 好久不见")
    assert (await desk.get("/messages", journey_id=journey))["items"] == []


def _waiting_graph() -> dict[str, Any]:
    return {
        "trigger": {"kind": "manual"},
        "start": "n1",
        "nodes": {
            "n1": {
                "kind": "wait_until",
                "fact": "order_paid",
                "timeout": 3 * 86_400,
                "next": {"happened": "n2", "timeout": "n3"},
            },
            "n2": {"kind": "exit", "reason": "又来了"},
            "n3": {"kind": "exit", "reason": "没有来"},
        },
        "exits": [],
        "reentry": {"kind": "never"},
    }


async def test_a_supposed_order_changes_the_way(signed_in: Page, site: Site, desk: ApiClient, seeded: Seeded) -> None:
    page = signed_in
    journey = await desk.post("/journeys", {"name": "等一单", "draft": _waiting_graph()})
    await open_page(page, f"{site.address}/journeys/{journey['id']}")
    drawer = await _walk(page, CUSTOMERS[0].name)
    await drawer.get_by_role("button", name="开始试跑").click()
    await expect(drawer.locator(".moments")).to_contain_text("没有来")
    await drawer.get_by_role("button", name="添加一个假设").click()
    await choose(page, drawer.get_by_role("combobox", name="添加一个假设"), "支付订单")
    await drawer.get_by_role("button", name="重新试跑").click()
    await expect(drawer.locator(".moments")).to_contain_text("又来了")
    await expect(drawer.locator(".moments")).to_contain_text("2027-03-02 08:00")
    await expect(drawer.locator(".moments")).not_to_contain_text("没有来")


async def test_publishing_names_the_people_and_they_are_counted(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    journey = await _ready(desk, site, page, "召回五")
    await page.get_by_role("button", name="发布", exact=True).click()
    dialog = page.get_by_role("dialog", name="发布「召回五」？")
    await expect(dialog).to_contain_text(f"发布后将有 {SILENT} 人立即进入")
    assert (await desk.get(f"/journeys/{journey}"))["state"] == "draft"
    await dialog.get_by_role("button", name="发布", exact=True).click()
    await expect(page.locator("h1 + *")).to_have_text("运行中")
    counts = await until(lambda: desk.get(f"/journeys/{journey}/counts"), lambda numbers: numbers["entered"] == SILENT)
    assert counts["active"] == SILENT
    await expect(stat(page, "进入")).to_have_text(str(SILENT))
    await expect(_trigger(page)).to_contain_text(f"进入 {SILENT}")
