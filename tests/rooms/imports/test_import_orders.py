"""Order files: money, documents, refunds, bad rows, duplicates, and coming twice."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from siyu.commerce import queries as commerce
from siyu.facts.lake import relay as facts
from siyu.imports.files import chunks
from siyu.imports.runs import actions, jobs
from siyu.imports.runs.queries import faults
from tests.rooms.imports.sample_files import HEADING, LINES, ORDERS_MAPPING, TEXT, import_file, workbook, written
from tests.world import NOON, Shop

AMOUNTS = {"D001": 2460, "D002": 590, "D003": 3002}
"""Fen: 2 x 5.90 + 12.80; 5.90; 3 x 10.005 = 30.015, a half, to the even fen."""


async def amounts(shop: Shop) -> dict[str, int]:
    async with shop.db.transaction() as tx:
        rows = await tx.execute(text("SELECT number, amount FROM purchase"))
        return {row.number: row.amount for row in rows}


async def test_orders_lines_members_refunds_and_facts_come_out_of_a_csv(shop: Shop, tmp_path: Path) -> None:
    done = await import_file(shop, written(tmp_path, TEXT), ORDERS_MAPPING)
    assert (done.state, done.rows_done, done.rows_refused) == ("done", 5, 0)
    assert await amounts(shop) == AMOUNTS
    async with shop.db.transaction() as tx:
        sums = await commerce.totals(tx, shop.workspace_id)
        order = await tx.scalar(text("SELECT id FROM purchase WHERE number = 'D001'"))
        card, lines, _ = await commerce.order(tx, shop.workspace_id, order)
    assert (sums.orders, sums.order_lines, sums.sales_fen) == (3, 4, 6052)
    assert (sums.refunds, sums.refund_lines, sums.refunded_fen) == (1, 1, 1280)
    assert sums.members_with_orders == 2
    assert (card.store, card.paid_at.isoformat()) == ("青巷一店", "2026-03-01T01:30:00+00:00")
    assert [(line.line, line.product, line.title, line.amount) for line in lines] == [
        (1, "SKU1", "“有机”菠菜 300g", 1180),
        (2, "SKU2", "鸡蛋, 10 枚", 1280),
    ]
    await facts.relay(shop.db, shop.lake)
    recorded = await shop.lake.rows(
        "SELECT name, count(*), sum(amount), count(member_id) FROM lake.facts WHERE name LIKE 'order%' GROUP BY name ORDER BY name"
    )
    assert recorded == [("order_paid", 3, 6052, 2), ("order_refunded", 1, 1280, 1)]


async def test_the_report_keeps_the_exact_total_and_what_rounding_took(shop: Shop, tmp_path: Path) -> None:
    done = await import_file(shop, written(tmp_path, TEXT), ORDERS_MAPPING)
    assert done.result["source_total"] == "47.715"
    assert done.result["total_fen"] == 4772
    assert done.result["rounding_difference"] == "-0.005"


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", "\t"), ("gb18030", ","), ("utf-16", ";")])
async def test_encodings_and_delimiters_are_found_out(
    shop: Shop, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    content = TEXT.replace("鸡蛋, 10 枚", "鸡蛋").replace(",", delimiter).replace("\n", "\r\n")
    await import_file(shop, written(tmp_path, content, encoding=encoding), ORDERS_MAPPING)
    assert await amounts(shop) == AMOUNTS


async def test_a_workbook_reads_like_the_text(shop: Shop, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        HEADING.split(","),
        ["D001", "A1", datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "青巷一店", "SKU1", "菠菜", 2, 5.9],
        ["D001", "A1", datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "青巷一店", "SKU2", "鸡蛋", 1, 12.8],
        [],
        ["D002", 17850, datetime(2026, 3, 1, 10, tzinfo=UTC), "青巷一店", 10001, "菠菜", 1, "¥5.90"],
        ["D003", "A2", "坏日期", "青巷二店", "SKU3", "牛奶", 3, 10],
    ]
    done = await import_file(shop, workbook(tmp_path / "orders.xlsx", rows), ORDERS_MAPPING)
    assert await amounts(shop) == {"D001": 2460, "D002": 590}
    async with shop.db.transaction() as tx:
        refused = await faults(tx, done.id)
        masked = (await tx.scalars(text("SELECT masked FROM identity ORDER BY masked"))).all()
        paid = await tx.scalar(text("SELECT paid_at FROM purchase WHERE number = 'D001'"))
    assert [(f.row, f.column, f.value) for f in refused] == [(6, "支付时间", "坏日期")]
    assert masked == ["17850", "A1"]
    assert paid.isoformat() == "2026-03-01T01:30:00+00:00"


async def test_a_bad_row_is_named_and_the_rest_goes_on(shop: Shop, tmp_path: Path) -> None:
    bad = [
        "D010,A1,2026-03-01 09:30,店,S,x,abc,5",
        ",A1,2026-03-01 09:30,店,S,x,1,5",
        "D012,A1,yesterday,店,S,x,1,",
        "D013,A1,2026-03-01 09:30,店,S,x,1",
        "D014,A1,2026-03-01 09:30,店,S,x,1,1e15",
        'D015,A1,2026-03-01 09:30,店,S,x,1,"1,5"',
    ]
    path = written(tmp_path, "\n".join([HEADING, *LINES[:2], *bad, *LINES[2:]]) + "\n")
    done = await import_file(shop, path, ORDERS_MAPPING)
    assert (done.state, done.rows_done, done.rows_refused) == ("done", 11, 6)
    assert await amounts(shop) == AMOUNTS
    async with shop.db.transaction() as tx:
        refused = [(f.row, f.column, f.value, f.reason_zh) for f in await faults(tx, done.id)]
    assert refused == [
        (4, "数量", "abc", "不是数字"),
        (5, "订单号", None, "必填，但单元格为空"),
        (6, "支付时间", "yesterday", "不是可识别的时间"),
        (6, "单价", None, "必填，但单元格为空"),
        (7, "", "D013,A1,2026-03-01 09:30,店,S,x,1", "这一行的列数与表头不一致"),
        (8, "单价", "1e15", "不是金额"),
        (9, "单价", "1,5", "不是金额"),
    ]


async def test_an_order_whose_customer_is_nobody_keeps_its_money_and_names_the_cell(shop: Shop, tmp_path: Path) -> None:
    """The fault is named once an order, however many lines it has; a store that is too long goes too."""
    rows = [
        "S1,13800000003-1234,2026-03-01 09:30,店,80.00",
        "S1,13800000003-1234,2026-03-01 09:30,店,5.00",
        f"S2,13800000004,2026-03-01 09:30,{'店' * 501},10.00",
        "S3,186******05,2026-03-01 09:30,店,20.00",
    ]
    mapping = {
        "kind": "orders",
        "source": "微店",
        "columns": {
            "number": "单号",
            "member": {"column": "手机", "identity": "phone"},
            "paid_at": "时间",
            "store": "门店",
            "amount": "金额",
        },
    }
    path = written(tmp_path, "\n".join(["单号,手机,时间,门店,金额", *rows]) + "\n")
    done = await import_file(shop, path, mapping)
    assert await amounts(shop) == {"S1": 8500, "S2": 1000, "S3": 2000}
    assert (done.rows_refused, done.result["cells_left_out"], done.result["members_created"]) == (0, 3, 1)
    assert done.result["lines_without_member"] == 3
    async with shop.db.transaction() as tx:
        named = [(f.row, f.column, f.reason_zh) for f in await faults(tx, done.id)]
    kept = "（只略过这一格）"
    assert named == [
        (2, "手机", f"不是有效的身份{kept}"),
        (4, "门店", f"文字过长{kept}"),
        (5, "手机", f"已脱敏或加密，不能用来识别客户{kept}"),
    ]


@pytest.mark.parametrize(
    ("rule", "taken", "held"), [("refuse", {"D002": 590}, 2), ("keep", {"D001": 2460, "D002": 590}, 0)]
)
async def test_an_order_with_an_unreadable_line_is_held_back_whole_unless_told(
    shop: Shop, tmp_path: Path, rule: str, taken: dict[str, int], held: int
) -> None:
    broken = "D001,A1,2026-03-01 09:30,青巷一店,SKU9,x,1,free"
    path = written(tmp_path, "\n".join([HEADING, *LINES[:3], broken]) + "\n")
    done = await import_file(shop, path, {**ORDERS_MAPPING, "rules": {"incomplete": rule}})
    assert await amounts(shop) == taken
    assert (done.rows_refused, done.result["rows_held_back"]) == (1 + held, held)


@pytest.mark.parametrize(("rule", "amount", "lines"), [("keep", 3540, 3), ("drop", 2360, 2)])
async def test_equal_lines_are_counted_and_kept_or_dropped(
    shop: Shop, tmp_path: Path, rule: str, amount: int, lines: int
) -> None:
    """The third line differs in its title alone and is nobody's double."""
    line = "D001,A1,2026-03-01 09:30,店,SKU1,菠菜,2,5.90"
    path = written(tmp_path, "\n".join([HEADING, line, line, line.replace("菠菜", "菠菜 300g")]) + "\n")
    done = await import_file(shop, path, {**ORDERS_MAPPING, "rules": {"duplicates": rule}})
    assert done.rows_duplicate == 1
    assert done.result["order_lines"] == lines
    assert await amounts(shop) == {"D001": amount}
    assert done.result["rounding_difference"] == "0"


async def test_the_same_file_again_changes_nothing_and_says_so(shop: Shop, tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    await import_file(shop, path, ORDERS_MAPPING)
    again = await import_file(shop, path, ORDERS_MAPPING)
    assert again.result["changed"] is False
    assert again.result["rows_known"] == 5
    assert await amounts(shop) == AMOUNTS
    async with shop.db.transaction() as tx:
        count = await tx.scalar(text("SELECT count(*) FROM fact WHERE name LIKE 'order%'"))
    assert count == 4


async def test_a_known_number_with_other_content_is_refused_by_name(shop: Shop, tmp_path: Path) -> None:
    await import_file(shop, written(tmp_path, TEXT), ORDERS_MAPPING)
    changed = TEXT.replace(
        "D002,,2026/3/1 10:00,青巷一店,SKU1,“有机”菠菜 300g,1,5.90", "D002,,2026/3/1 10:00,店,SKU1,菠菜,2,5.90"
    )
    done = await import_file(shop, written(tmp_path, changed, "later.csv"), ORDERS_MAPPING)
    assert await amounts(shop) == AMOUNTS
    assert done.result["documents_different"] == 1
    async with shop.db.transaction() as tx:
        refused = [(f.row, f.column, f.value, f.reason_zh) for f in await faults(tx, done.id)]
    assert refused == [(4, "订单号", "D002", "单号已存在，但内容不同")]


async def test_customers_nobody_knows_may_be_refused(shop: Shop, tmp_path: Path) -> None:
    done = await import_file(shop, written(tmp_path, TEXT), {**ORDERS_MAPPING, "rules": {"unknown_members": "refuse"}})
    assert set(await amounts(shop)) == {"D002"}
    assert (done.rows_refused, done.result["members_created"]) == (4, 0)


async def test_a_document_that_names_two_customers_is_refused(shop: Shop, tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join([HEADING, LINES[0], LINES[1].replace("A1", "A9"), LINES[2]]) + "\n")
    done = await import_file(shop, path, ORDERS_MAPPING)
    assert set(await amounts(shop)) == {"D002"}
    assert done.rows_refused == 2


async def test_a_document_of_negative_lines_is_a_correction_that_nobody_paid(shop: Shop, tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADING}\n{LINES[0]}\nB1,A1,2026-03-01 09:30,店,B,坏账,1,-110.62\n")
    done = await import_file(shop, path, ORDERS_MAPPING)
    assert done.result["corrections"] == 1
    async with shop.db.transaction() as tx:
        sums = await commerce.totals(tx, shop.workspace_id)
        count = await tx.scalar(text("SELECT count(*) FROM fact WHERE name = 'order_paid'"))
    assert (sums.orders, sums.sales_fen, sums.corrections_fen, count) == (2, 1180 - 11062, -11062, 1)


async def test_a_refund_that_names_its_order_hangs_on_it(shop: Shop, tmp_path: Path) -> None:
    heading = "单号,原单号,类型,时间,客户,金额"
    rows = ["S1,,销售,2026-03-01 09:30,A1,100.00", "R1,S1,退款,2026-03-02 09:30,,30.00"]
    mapping = {
        "kind": "orders",
        "source": "erp",
        "columns": {"number": "单号", "refund_of": "原单号", "paid_at": "时间", "member": "客户", "amount": "金额"},
        "rules": {"refund": {"column": "类型", "values": ["退款"]}},
    }
    await import_file(shop, written(tmp_path, "\n".join([heading, *rows]) + "\n"), mapping)
    async with shop.db.transaction() as tx:
        order = await tx.scalar(text("SELECT id FROM purchase"))
        card, _, refunds = await commerce.order(tx, shop.workspace_id, order)
        refund = (await tx.execute(text("SELECT member_id, props FROM fact WHERE name = 'order_refunded'"))).one()
    assert (card.amount, card.refunded, [r.amount for r in refunds]) == (10_000, 3_000, [3_000])
    assert refund == (card.member_id, {"order": "S1", "amount": 3_000, "source": "erp"})


async def test_chunks_never_split_a_document(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of one order lie apart in the file, and chunks are shorter than orders."""
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 4)
    lines = [f"D{n % 7},A{n % 7},2026-03-01 09:{n:02d},店,SKU{n},x,1,{n}.00" for n in range(50)]
    done = await import_file(shop, written(tmp_path, "\n".join([HEADING, *lines]) + "\n"), ORDERS_MAPPING)
    assert await amounts(shop) == {f"D{d}": sum(100 * n for n in range(50) if n % 7 == d) for d in range(7)}
    assert (done.rows_done, done.result["orders"], done.result["order_lines"]) == (50, 7, 50)


async def test_a_cancelled_import_stops_keeps_what_came_in_and_goes_on_when_resumed(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    lines = [f"D{n},A{n},2026-03-01 09:00,店,SKU,x,1,1.00" for n in range(100)]
    run = await import_file(shop, written(tmp_path, "\n".join([HEADING, *lines]) + "\n"), ORDERS_MAPPING, run=False)
    async with shop.db.transaction() as tx:
        await actions.begin(tx, run.id, NOON)
    seen: list[int] = []
    cancelling = None

    def on_progress(done: int, total: int) -> None:
        nonlocal cancelling
        seen.append(done)
        if done == 30:

            async def cancel() -> None:
                async with shop.db.transaction() as tx:
                    await actions.cancel(tx, shop.caller, run.id, NOON)

            cancelling = asyncio.ensure_future(cancel())

    stopped = await jobs.run_import(shop.db, run.id, NOON, on_progress)
    assert cancelling is not None
    await cancelling
    assert stopped.state == "cancelled"
    assert 30 <= stopped.rows_done < 100
    assert len(await amounts(shop)) == stopped.rows_done
    async with shop.db.transaction() as tx:
        await actions.resume(tx, shop.caller, run.id, NOON)
    finished = await jobs.run_import(shop.db, run.id, NOON)
    assert (finished.state, finished.rows_done, len(await amounts(shop))) == ("done", 100, 100)
