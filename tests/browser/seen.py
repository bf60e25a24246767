"""What stories do again and again with the library's controls."""

from playwright.async_api import Locator, Page, expect


async def open_page(page: Page, address: str) -> None:
    """Go there and wait until the page has its content."""
    await page.goto(address)
    await settled(page)


async def settled(page: Page) -> None:
    """Wait until nothing on the page is still loading."""
    await page.locator("main h1").first.wait_for()
    await expect(page.locator(".ant-skeleton, .ant-spin-spinning, main [aria-busy=true]")).to_have_count(0)


async def choose(page: Page, box: Locator, option: str) -> None:
    """Pick `option` in a select; the list is drawn at the end of the document, a long one only in part."""
    lists = page.locator(".ant-select-dropdown:visible")
    await box.click()
    await page.keyboard.insert_text(option)
    await lists.get_by_title(option, exact=True).click()
    await expect(lists).to_have_count(0)


def stat(page: Page, label: str) -> Locator:
    """The figure that stands under `label`."""
    return page.locator("div:has(> .stat-label)").filter(has_text=label).locator(".stat-value")


async def no_sideways_scroll(page: Page) -> None:
    """The document is not wider than its window."""
    wide, shown = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= shown, f"the page is {wide} pixels wide in a window of {shown}"
