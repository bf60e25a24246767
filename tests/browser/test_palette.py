"""⌘K: finds whatever has a name and the end of a phone number, and does things."""

import pytest
from playwright.async_api import Page, expect

from siyu.demo.world import CUSTOMERS
from tests.browser.conftest import Site
from tests.browser.seed import Seeded
from tests.browser.seen import open_page


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("60 天未", "/audiences/{audience}"),
        ("到货", "/journeys/{live}"),
        ("到店提醒", "/journeys/templates/{template}"),
        ("谁最有价值", "/insight/rfm"),
        ("触达频控", "/settings/calm"),
        (CUSTOMERS[0].phone[-4:], "/members/{member}"),
        ("新建人群", "/audiences/new"),
        ("导入文件", "/imports/new"),
    ],
)
async def test_a_few_letters_lead_there(signed_in: Page, site: Site, seeded: Seeded, text: str, address: str) -> None:
    page = signed_in
    await open_page(page, site.address)
    await page.keyboard.press("Control+K")
    await page.keyboard.insert_text(text)
    option = page.get_by_role("option").filter(has_text=text).first
    await expect(option).to_be_visible()
    await option.click()
    await expect(page).to_have_url(f"{site.address}{address.format_map(vars(seeded))}")


async def test_the_customers_are_exported_from_it(signed_in: Page, site: Site) -> None:
    page = signed_in
    await open_page(page, site.address)
    await page.keyboard.press("Control+K")
    await page.keyboard.insert_text("导出")
    async with page.expect_download() as waiting:
        await page.keyboard.press("Enter")
    assert (await waiting.value).suggested_filename.endswith(".csv")
