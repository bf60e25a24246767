"""What each role is shown: pages that it may open, and a first page that is one."""

import pytest
from playwright.async_api import Browser, expect

from siyu.demo.api_client import ApiClient, sign_in
from siyu.platform.rules import OWN_CUSTOMERS, ROLES
from tests.browser.conftest import Site, window
from tests.browser.seed import Seeded

FIRST, OWN = "copper-lantern-drift", "maple-harbor-quilt"
ENTRIES = {
    "admin": ["今日", "客户", "人群", "旅程", "洞察", "设置"],
    "operator": ["今日", "客户", "人群", "旅程", "洞察", "设置"],
    "host": ["今日", "客户", "内容模板", "触达记录", "设置"],
    "analyst": ["今日", "客户", "人群", "旅程", "洞察", "设置"],
    "moderator": ["今日", "客户", "内容模板", "触达记录", "设置"],
}


async def session_of(desk: ApiClient, site: Site, role: str) -> str:
    """The session of a new person of that role, who has a password of their own."""
    email = f"{role}@roles.example"
    await desk.post("/users", {"email": email, "name": "新同事", "password": FIRST, "role": role})
    async with sign_in(site.address, email, FIRST) as person:
        await person.post("/me/password", {"old": FIRST, "new": OWN})
    async with sign_in(site.address, email, OWN) as person:
        return person.http.cookies["siyu_session"]


@pytest.mark.parametrize("role", ROLES)
async def test_navigation_and_first_page_follow_the_role(
    browser: Browser, site: Site, desk: ApiClient, seeded: Seeded, role: str
) -> None:
    async with window(browser, site, await session_of(desk, site, role)) as page:
        refused: list[str] = []
        page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
        await page.goto(site.address)
        nav = page.get_by_role("navigation", name="主导航")
        await expect(nav.get_by_role("link")).to_have_text(ENTRIES[role])
        await expect(page.get_by_role("heading", name="今日", level=1)).to_be_visible()
        if "reports.read" not in ROLES[role]:
            await expect(page.get_by_role("heading", name="最近的消息")).to_be_visible()
            if role in OWN_CUSTOMERS:
                await expect(page.get_by_text("你的账号还没有关联员工账号")).to_be_visible()
                await expect(page.get_by_role("heading", name="我的客户")).to_be_visible()
            else:
                await expect(page.locator(".today-list .person").first).to_be_visible()
        for name in ENTRIES[role][1:]:
            await nav.get_by_role("link", name=name, exact=True).click()
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await page.wait_for_load_state("networkidle")
        assert refused == [], "a page of the role's own navigation was refused"
