"""Two files come in over the console: guessed, corrected, previewed, started, and every refused row accounted for."""

from pathlib import Path

from playwright.async_api import FilePayload, Page, expect

from siyu.demo.api_client import ApiClient
from tests.browser.conftest import Site
from tests.browser.seed import days_ago, table, until
from tests.browser.seen import choose, open_page, settled, stat

MEMBERS = table(
    "会员号,姓名,手机,邮箱,入会日期,会员等级",
    [
        ("TY001", "唐棠", "13900020001", "tang@qingxiang.example", "2026-01-05", "金卡"),
        ("TY002", "白露", "13900020002", "bai@qingxiang.example", "2026-02-11", "银卡"),
        ("TY003", "顾北", "13900020003", "gu@qingxiang.example", "去年冬天", "银卡"),
        ("TY004", "苏禾", "13900020004", "su@qingxiang.example", "2026-03-02", "普通"),
    ],
)
ORDERS = table(
    "小票号,会员号,支付时间,货号,品名,件数,单价",
    [
        ("P001", "TY001", days_ago(3), "SKU-01", "应季菠菜 300 克", "2", "5.90"),
        ("P001", "TY001", days_ago(3), "SKU-02", "土鸡蛋 10 枚", "1", "12.80"),
        ("P002", "TY002", days_ago(2), "SKU-03", "鲜牛奶 1 升", "1", "16.50"),
        ("P003", "TY002", days_ago(1), "SKU-03", "鲜牛奶 1 升", "两盒", "16.50"),
    ],
)


async def _upload(page: Page, site: Site, name: str, text: str) -> None:
    await open_page(page, f"{site.address}/imports/new")
    file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    await page.locator("input[type=file]").set_input_files(file)
    await expect(page.get_by_role("columnheader", name="文件中的列")).to_be_visible()


async def _column(page: Page, heading: str, target: str) -> None:
    await choose(page, page.get_by_role("combobox", name=f"{heading} 对应到"), target)


async def _run(page: Page) -> None:
    """From the preview to the end of the import."""
    await page.get_by_role("button", name="开始导入").click()
    await page.wait_for_url(lambda address: address.rstrip("/").rsplit("/", 1)[-1].isdigit())
    await expect(page.locator("h1 + *")).to_have_text("已完成，有内容未导入")
    await expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")


async def _import_members(page: Page, site: Site) -> None:
    await _upload(page, site, "青巷新会员.csv", MEMBERS)
    await expect(page.get_by_text("看起来是“客户”")).to_be_visible()
    await _column(page, "入会日期", "成为客户时间")
    await _column(page, "会员等级", "新属性")
    await page.get_by_role("textbox", name="会员等级 字段名").fill("level")
    await page.get_by_role("button", name="预览").click()
    await settled(page)


async def test_members_come_in_and_the_bad_cell_says_why(
    signed_in: Page, site: Site, desk: ApiClient, tmp_path: Path
) -> None:
    page = signed_in
    await _import_members(page, site)
    await expect(page.get_by_text("检查了前 4 行，都可以导入")).to_be_visible()
    await expect(page.get_by_text("另有 1 个单元格读不了")).to_be_visible()
    await expect(page.get_by_text("核对了 4 位客户：0 位已在库中")).to_be_visible()
    await expect(page.get_by_role("cell", name="+8613900020001")).to_be_visible()
    faults = page.get_by_role("region", name="有问题的行")
    await expect(faults.get_by_role("row").nth(1)).to_have_text("4入会日期去年冬天不是可识别的时间（只略过这一格）")
    await _run(page)
    await expect(stat(page, "已处理")).to_have_text("4")
    await expect(stat(page, "未导入")).to_have_text("0")
    await expect(page.get_by_text("文件共 4 行，略过 1 个单元格。")).to_be_visible()
    attributes = await desk.get("/attributes")
    assert [item["label"] for item in attributes["items"] if item["name"] == "level"] == ["会员等级"]
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="下载错误行").or_(page.get_by_role("link", name="下载错误行")).click()
    saved = tmp_path / "errors.csv"
    await (await waiting.value).save_as(saved)
    lines = saved.read_text("utf-8-sig").splitlines()
    assert lines[0] == "未导入原因,会员号,姓名,手机,邮箱,入会日期,会员等级"
    assert lines[1:] == [
        "第 4 行：入会日期：不是可识别的时间（只略过这一格）,TY003,顾北,13900020003,gu@qingxiang.example,去年冬天,银卡"
    ]


async def test_the_members_are_in_the_list_with_masked_phones(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    if not (await desk.get("/members", search="TY001"))["items"]:
        await _import_members(page, site)
        await _run(page)
    await page.goto(f"{site.address}/members")
    await page.get_by_role("searchbox", name="姓名、手机号、邮箱或外部编号").fill("13900020001")
    row = page.get_by_role("row").filter(has_text="唐棠")
    await expect(row).to_contain_text("139****0001")
    await expect(page.get_by_text("13900020001", exact=True)).to_have_count(0)
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await row.get_by_role("link", name="唐棠").click()
    await expect(page.get_by_role("heading", name="唐棠", level=1)).to_be_visible()
    await expect(page.get_by_text("金卡")).to_be_visible()


async def test_order_lines_come_in_after_their_columns_are_mapped(signed_in: Page, site: Site, desk: ApiClient) -> None:
    page = signed_in
    await _upload(page, site, "七月小票.csv", ORDERS)
    await expect(page.get_by_text("看起来是“订单”")).to_be_visible()
    await _column(page, "件数", "数量")
    await page.get_by_role("button", name="预览").click()
    await settled(page)
    fault = page.get_by_role("region", name="有问题的行").get_by_role("row").nth(1)
    await expect(fault).to_have_text("5件数两盒不是数字")
    await _run(page)
    await expect(stat(page, "未导入")).to_have_text("1")
    await expect(
        page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="订单", exact=True))
    ).to_contain_text("2")
    await expect(page.get_by_role("row").filter(has_text="导入金额合计")).to_contain_text("¥41.10")
    orders = await until(lambda: desk.get("/orders", search="P00"), lambda listed: listed["total"] == 2)
    assert sorted(order["amount"] for order in orders["items"]) == [1650, 2460]
