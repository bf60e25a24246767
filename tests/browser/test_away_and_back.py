"""Away and back: an ended session and a lost network cost nobody what was typed, and what is old looks old."""

from playwright.async_api import Browser, Page, expect

from siyu.demo.api_client import sign_in
from tests.browser.conftest import Site, window
from tests.browser.seed import Seeded
from tests.browser.seen import open_page


async def test_an_ended_session_is_said_and_keeps_what_was_typed(browser: Browser, site: Site, seeded: Seeded) -> None:
    async with sign_in(site.address, site.email, site.password) as person:
        cookie = person.http.cookies["siyu_session"]
        async with window(browser, site, cookie) as page:
            await open_page(page, f"{site.address}/settings/workspace")
            name = page.get_by_role("textbox", name="品牌名称")
            before = await name.input_value()
            await name.fill("青巷鲜食")
            await person.post("/sign-out")
            await page.get_by_role("button", name="保 存").or_(page.get_by_role("button", name="保存")).click()
            dialog = page.get_by_role("dialog", name="登录已过期")
            await dialog.get_by_label("密码").fill(site.password)
            await dialog.get_by_role("button", name="重新登录").click()
            await expect(dialog).to_have_count(0)
            await expect(name).to_have_value("青巷鲜食")
            await name.fill(before)
            await page.get_by_role("button", name="保存").click()
            await expect(page.get_by_text("已保存")).to_be_visible()


async def test_a_click_while_offline_opens_its_page_once_the_network_is_back(signed_in: Page, site: Site) -> None:
    page = signed_in
    await open_page(page, site.address)
    await page.context.set_offline(True)
    await expect(page.get_by_text("连不上服务器，显示的是之前的内容")).to_be_visible()
    await page.get_by_role("navigation", name="主导航").get_by_role("link", name="洞察").click()
    await expect(page.get_by_text("网络断开了")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_role("heading", name="洞察", exact=True)).to_be_visible()


async def test_what_was_typed_is_asked_about_before_it_is_left(signed_in: Page, site: Site) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/settings/calm")
    await page.get_by_role("button", name="添加一条").click()
    await page.get_by_role("navigation", name="主导航").get_by_role("link", name="今日").click()
    await expect(page.locator(".ant-modal-confirm-title", has_text="有修改还没保存")).to_be_visible()
    await page.get_by_role("button", name="留下").click()
    await expect(page).to_have_url(f"{site.address}/settings/calm")
    await page.goto(f"{site.address}/members")
    await page.get_by_role("button", name="新建客户").click()
    dialog = page.get_by_role("dialog", name="新建客户")
    await dialog.get_by_role("textbox").first.fill("林")
    await page.keyboard.press("Escape")
    await expect(page.locator(".ant-modal-confirm-title", has_text="有内容还没保存")).to_be_visible()
    await page.get_by_role("button", name="留下").click()
    await expect(dialog.get_by_role("textbox").first).to_have_value("林")


async def test_a_count_of_other_conditions_looks_old(signed_in: Page, site: Site, seeded: Seeded) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/audiences/{seeded.audience}/edit")
    await expect(page.locator(".count-figure")).to_have_text("6")
    await page.context.set_offline(True)
    await page.get_by_label("数值").first.fill("61")
    await expect(page.get_by_text("这是修改前的人数")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_text("这是修改前的人数")).to_have_count(0)


async def test_a_cap_of_nothing_is_refused_at_its_row(signed_in: Page, site: Site) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/settings/calm")
    await page.get_by_role("button", name="添加一条").click()
    await page.get_by_label("条", exact=True).fill("-5")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator(".cap-row [role=alert]")).to_have_text("应为 1 至 1,000 条".replace(",", ""))
