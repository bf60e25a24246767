"""An analyst reads a report: the answer in a sentence, the chart, the table, a definition, and the CSV."""

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from siyu.demo.api_client import ApiClient
from tests.browser.conftest import Site
from tests.browser.seen import choose, open_page, settled


async def _report(desk: ApiClient, name: str, **query: str) -> dict[str, Any]:
    return dict(await desk.get(f"/reports/{name}", **query))


async def test_the_reports_are_questions_and_lead_to_an_answer(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/insight")
    kinds = (await desk.get("/reports"))["items"]
    await expect(page.locator(".report-card h2")).to_have_text([kind["title"]["zh"] for kind in kinds])
    await page.get_by_role("link").filter(has_text="生意和客户怎么样？").click()
    await page.wait_for_url("**/insight/overview")
    await settled(page)
    report = await _report(desk, "overview")
    await expect(page.locator(".report-answer")).to_have_text(report["answer"]["zh"])
    await expect(page.get_by_role("img", name="生意和客户怎么样？").locator("canvas")).to_be_visible()


async def test_the_table_says_what_the_api_says_and_a_metric_explains_itself(
    signed_in: Page, site: Site, desk: ApiClient
) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/insight/overview")
    report = await _report(desk, "overview")
    now = report["rows"][0]
    lines = page.get_by_role("region", name="明细").get_by_role("row")
    orders = lines.filter(has=page.get_by_role("rowheader", name="订单数"))
    await expect(orders.get_by_role("cell").first).to_have_text(f"{now['orders']:,}")
    sales = lines.filter(has=page.get_by_role("rowheader", name="销售额", exact=False)).first
    await expect(sales.get_by_role("cell").first).to_have_text(f"¥{now['sales_fen'] / 100:,.2f}")
    await orders.get_by_role("button", name="查看「订单数」的定义").click()
    [definition] = [item for item in report["definitions"] if item["name"] == "orders"]
    await expect(page.get_by_role("tooltip")).to_contain_text(definition["definition"]["zh"])


async def test_another_period_asks_again(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/insight/overview")
    await choose(page, page.get_by_role("combobox", name="统计期"), "近 90 天")
    report = await _report(desk, "overview", period="90d")
    await expect(page.locator(".report-answer")).to_have_text(report["answer"]["zh"])
    assert page.url.endswith("?period=90d")


async def test_a_move_between_stages_opens_the_members_who_made_it(
    signed_in: Page, site: Site, desk: ApiClient
) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/insight/stages")
    report = await _report(desk, "stages")
    await expect(page.get_by_role("img", name="客户处在什么阶段，往哪里走？").locator("canvas")).to_be_visible()
    rows = page.get_by_role("region", name="明细").locator("tbody tr")
    await expect(rows).to_have_count(len(report["rows"]))
    move = max(report["rows"], key=lambda row: row["members"])
    name = f"{move['was']['zh']} → {move['stage']['zh']}"
    await page.get_by_role("link", name=f"查看“{name}”的客户").click()
    await page.wait_for_url("**/audiences/new?**")
    await settled(page)
    await expect(page.get_by_label("人群名称")).to_have_value(name)
    await expect(page.locator(".builder-side")).to_contain_text(f"{move['members']}")


async def test_the_notes_of_a_report_are_shown(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/insight/leavers")
    report = await _report(desk, "leavers")
    await expect(page.get_by_role("region", name="怎么看这份报表").get_by_role("listitem")).to_have_text(
        [note["zh"] for note in report["notes"]]
    )


@pytest.mark.parametrize("name", ["overview", "funnel", "rfm", "stages"])
async def test_the_csv_holds_the_rows_of_the_report(
    signed_in: Page, site: Site, desk: ApiClient, tmp_path: Path, name: str
) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/insight/{name}")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="下载 CSV").click()
    saved = tmp_path / f"{name}.csv"
    await (await waiting.value).save_as(saved)
    report = await _report(desk, name)
    heading, *rows = csv.reader(saved.read_text("utf-8-sig").splitlines())
    assert [text.split("（CNY）")[0] for text in heading] == [column["label"]["zh"] for column in report["columns"]]
    assert len(rows) == len(report["rows"])
    counts = [(index, column["key"]) for index, column in enumerate(report["columns"]) if column["type"] == "count"]
    assert counts
    for row, shown in zip(rows, report["rows"], strict=True):
        if shown.get("part") != "change":
            assert [int(row[index]) for index, _ in counts] == [shown[key] for _, key in counts]
