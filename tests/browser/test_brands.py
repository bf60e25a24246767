"""Somebody of two brands: invited without being drawn over, joins, switches, and founds a third."""

from playwright.async_api import Browser, Page, expect

from siyu.demo.api_client import ApiClient, sign_in
from tests.browser.conftest import Site, window
from tests.browser.seed import Seeded

FIRST, OWN = "copper-lantern-drift", "maple-harbor-quilt"
EMAIL = "tao@brands.example"


async def session_of(site: Site, email: str, password: str) -> str:
    async with sign_in(site.address, email, password) as person:
        return person.http.cookies["siyu_session"]


async def newcomer(desk: ApiClient, site: Site) -> None:
    """An operator of the shop with a password of their own."""
    await desk.post("/users", {"email": EMAIL, "name": "陶然", "password": FIRST, "role": "operator"})
    async with sign_in(site.address, EMAIL, FIRST) as person:
        await person.post("/me/password", {"old": FIRST, "new": OWN})


async def invite(page: Page, email: str) -> None:
    """Add a person as the form asks; it finds out that they have an account."""
    await page.get_by_role("button", name="添加成员").click()
    dialog = page.get_by_role("dialog", name="添加成员")
    await dialog.get_by_label("邮箱").fill(email)
    await dialog.get_by_label("称呼").fill("小陶")
    await dialog.get_by_label("初始密码").fill("velvet-otter-kiln")
    await dialog.get_by_role("button", name="添加").click()
    await expect(dialog.get_by_role("status")).to_contain_text("对方已有登录账号")
    await expect(dialog.get_by_role("status")).to_contain_text("刚才填写的不会使用")
    await expect(dialog.get_by_label("初始密码")).to_have_count(0)
    await dialog.get_by_role("button", name="发出邀请").click()
    await expect(page.get_by_text("已邀请，等待对方接受")).to_be_visible()


async def test_a_brand_is_founded_somebody_joins_it_and_switches(
    browser: Browser, site: Site, desk: ApiClient, seeded: Seeded
) -> None:
    await newcomer(desk, site)
    async with window(browser, site, await session_of(site, site.email, site.password)) as page:
        await page.goto(f"{site.address}/settings/workspace")
        await page.get_by_role("button", name="新建品牌").click()
        dialog = page.get_by_role("dialog", name="新建品牌")
        await dialog.get_by_label("品牌名称").fill("青巷咖啡")
        await dialog.get_by_role("button", name="新建").click()
        await page.wait_for_url(f"{site.address}/")
        await expect(page.locator(".frame-brand")).to_have_text("青巷咖啡")
        await page.goto(f"{site.address}/settings/team")
        await invite(page, EMAIL)
    async with window(browser, site, await session_of(site, EMAIL, OWN)) as page:
        await page.goto(site.address)
        await expect(page.locator(".frame-brand")).not_to_have_text("青巷咖啡")
        other = await page.context.new_page()
        await other.goto(f"{site.address}/members")
        await page.get_by_role("button", name="切换品牌").click()
        await page.get_by_role("menuitem", name="“青巷咖啡”邀请你加入").click()
        await page.get_by_role("button", name="接受邀请").click()
        await expect(page.get_by_text("已加入“青巷咖啡”")).to_be_visible()
        await page.get_by_role("row", name="青巷咖啡").get_by_role("button", name="进入").click()
        await page.wait_for_url(f"{site.address}/")
        await expect(page.locator(".frame-brand")).to_have_text("青巷咖啡")
        await expect(other.locator(".frame-brand")).to_have_text("青巷咖啡")
        await page.goto(f"{site.address}/members")
        await expect(page.get_by_text("还没有客户")).to_be_visible()
