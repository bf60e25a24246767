"""Order files as shops export them: order fields on the first line, totals, states, refunds and currencies."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from siyu.commerce import queries as commerce
from siyu.imports.models import Import
from siyu.imports.runs.queries import faults
from siyu.kit.errors import Invalid
from tests.rooms.imports.sample_files import import_file, written
from tests.world import Shop

SHOPIFY_HEADING = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount,Phone"
)
SHOPIFY = [
    "#1001,an@example.com,paid,2026-03-01 09:50:26 +0800,CNY,100.00,12.00,0.00,107.00,5.00,2026-03-01 09:50:00 +0800,2,茶,30.00,T1,0.00,'8613800000001",
    "#1001,,,,,,,,,,2026-03-01 09:50:00 +0800,1,壶,40.00,P1,,",
    "#1002,bo@example.com,partially_refunded,2026-03-02 10:00:00 +0800,CNY,50.00,0.00,0.00,50.00,0.00,2026-03-02 10:00:00 +0800,1,杯,50.00,C1,20.00,",
    "#1003,,pending,,CNY,70.00,0.00,0.00,70.00,0.00,2026-03-03 10:00:00 +0800,1,杯,70.00,C1,0.00,",
    "#1004,,refunded,2026-03-04 10:00:00 +0800,CNY,30.00,0.00,0.00,30.00,0.00,2026-03-04 10:00:00 +0800,1,茶,30.00,T1,30.00,",
    "#1005,,voided,,CNY,9.00,0.00,0.00,9.00,0.00,2026-03-05 10:00:00 +0800,1,茶,9.00,T1,0.00,",
]
SHOPIFY_MAPPING: dict[str, Any] = {
    "kind": "orders",
    "source": "shopify",
    "zone": "Asia/Shanghai",
    "columns": {
        "number": "Name",
        "member": {"column": "Email", "identity": "email"},
        "status": "Financial Status",
        "paid_at": "Paid at",
        "currency": "Currency",
        "shipping": "Shipping",
        "discount": "Discount Amount",
        "total": "Total",
        "quantity": "Lineitem quantity",
        "title": "Lineitem name",
        "price": "Lineitem price",
        "product": "Lineitem sku",
        "refunded": "Refunded Amount",
    },
}


async def bring(
    shop: Shop, folder: Path, heading: str, rows: list[str], mapping: dict[str, Any], name: str = "o.csv"
) -> Import:
    return await import_file(shop, written(folder, "\n".join([heading, *rows]) + "\n", name), mapping)


def simple(*fields: str, **rules: Any) -> tuple[str, dict[str, Any]]:
    """A heading of field names, and the mapping that takes each as itself; the customer by phone."""
    columns: dict[str, Any] = {field: field for field in fields}
    if "member" in columns:
        columns["member"] = {"column": "member", "identity": "phone"}
    return ",".join(fields), {
        "kind": "orders",
        "source": "店",
        "zone": "Asia/Shanghai",
        "columns": columns,
        "rules": rules,
    }


async def orders(shop: Shop) -> dict[str, tuple[int, int]]:
    """{number: (amount, given back)} in fen."""
    async with shop.db.transaction() as tx:
        page, _ = await commerce.of_workspace(tx, shop.workspace_id, limit=200)
        return {card.number: (card.amount, card.refunded) for card in page}


async def reasons(shop: Shop, run: Import) -> list[tuple[int, str, str | None, str]]:
    async with shop.db.transaction() as tx:
        return [(f.row, f.column, f.value, f.reason_zh) for f in await faults(tx, run.id)]


async def test_order_fields_on_the_first_line_only(shop: Shop, tmp_path: Path) -> None:
    """Total beside the lines, postage and discount kept; unpaid left out and counted; a refund is a sale and a refund."""
    done = await bring(shop, tmp_path, SHOPIFY_HEADING, SHOPIFY, SHOPIFY_MAPPING)
    assert (done.state, done.rows_refused) == ("done", 0)
    assert await orders(shop) == {"#1001": (10_700, 0), "#1002": (5_000, 2_000), "#1004": (3_000, 3_000)}
    result = done.result
    assert (result["orders"], result["refunds"], result["orders_left_out"], result["rows_left_out"]) == (3, 2, 2, 2)
    assert (result["source_total"], result["left_out_total"], result["rounding_difference"]) == ("266", "79", "0")
    assert (result["total_fen"], result["refunded_fen"], result["members_created"]) == (18_700, 5_000, 2)
    async with shop.db.transaction() as tx:
        order = await tx.scalar(text("SELECT id FROM purchase WHERE number = '#1001'"))
        card, lines, _ = await commerce.order(tx, shop.workspace_id, order)
        recorded = (
            await tx.execute(
                text("SELECT name, sum((props->>'amount')::int) FROM fact WHERE name LIKE 'order%' GROUP BY 1")
            )
        ).all()
    assert (card.shipping, card.discount, card.paid_at.isoformat()) == (1_200, 500, "2026-03-01T01:50:26+00:00")
    assert [(line.product, line.amount) for line in lines] == [("T1", 6_000), ("P1", 4_000)]
    assert dict(map(tuple, recorded)) == {"order_paid": 18_700, "order_refunded": 5_000}


async def test_the_same_export_again_later_adds_only_what_was_given_back_since(shop: Shop, tmp_path: Path) -> None:
    """Whichever of the two exports comes first, the end is the same."""
    later = [row.replace(",20.00,", ",50.00,").replace("partially_refunded", "refunded") for row in SHOPIFY]
    await bring(shop, tmp_path, SHOPIFY_HEADING, SHOPIFY, SHOPIFY_MAPPING)
    second = await bring(shop, tmp_path, SHOPIFY_HEADING, later, SHOPIFY_MAPPING, "later.csv")
    assert (second.result["orders"], second.result["refunds"], second.result["refunded_fen"]) == (0, 1, 3_000)
    after = await orders(shop)
    assert after["#1002"] == (5_000, 5_000)
    third = await bring(shop, tmp_path, SHOPIFY_HEADING, SHOPIFY, SHOPIFY_MAPPING, "older.csv")
    assert third.result["changed"] is False
    assert await orders(shop) == after


async def test_a_total_repeated_on_each_line_counts_once_and_two_totals_are_refused(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "total", "product", "price", "quantity")
    rows = [
        "J1,2026-03-01 10:00,99.50,A,60.00,1",
        "J1,2026-03-01 10:00,99.50,B,40.00,1",
        "J2,2026-03-01 10:00,10.00,A,5.00,1",
        "J2,2026-03-01 10:00,11.00,B,5.00,1",
        "J3,2026-03-01 10:00,,A,5.00,2",
    ]
    done = await bring(shop, tmp_path, heading, rows, mapping)
    assert await orders(shop) == {"J1": (9_950, 0), "J3": (1_000, 0)}
    assert [reason[3] for reason in await reasons(shop, done)] == ["同一单据写了不同的整单金额"] * 2


async def test_a_total_without_prices_leaves_the_lines_without_amounts(shop: Shop, tmp_path: Path) -> None:
    """Nothing is guessed: two products for 30.00 are not 15.00 each; the only line of an order is the order."""
    heading, mapping = simple("number", "paid_at", "total", "product")
    rows = ["K1,2026-03-01,30.00,A", "K1,2026-03-01,30.00,B", "K2,2026-03-01,7.00,A"]
    await bring(shop, tmp_path, heading, rows, mapping)
    async with shop.db.transaction() as tx:
        lines = (
            await tx.execute(
                text(
                    "SELECT number, product, l.amount FROM purchase p JOIN purchase_line l ON l.order_id = p.id ORDER BY 1, 2"
                )
            )
        ).all()
    assert [tuple(line) for line in lines] == [("K1", "A", None), ("K1", "B", None), ("K2", "A", 700)]


@pytest.mark.parametrize(
    ("word", "sold", "back"),
    [
        *((word, True, False) for word in ("completed", "wc-processing", "paid", "交易成功", "买家已付款，等待卖家发货", "已发货待签收", "已收货", "退款关闭", "退款中", "备货中")),
        *((word, False, False) for word in ("cancelled", "failed", "pending", "on-hold", "trash", "交易关闭", "等待买家付款", "待付款", "已取消", "(删除)等待出库")),
        *((word, True, True) for word in ("refunded", "未发货，退款成功", "已全额退款")),
    ],
)  # fmt: skip
async def test_the_words_of_a_state(shop: Shop, tmp_path: Path, word: str, sold: bool, back: bool) -> None:
    heading, mapping = simple("number", "paid_at", "total", "status")
    done = await bring(shop, tmp_path, heading, [f'W1,2026-03-01,20.00,"{word}"'], mapping)
    assert await orders(shop) == ({"W1": (2_000, 2_000 if back else 0)} if sold else {})
    assert (done.rows_refused, done.result["orders_left_out"]) == (0, 0 if sold else 1)


async def test_a_state_nobody_knows_is_refused_until_the_shop_says_what_it_means(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "total", "status")
    rows = ["W1,2026-03-01,20.00,待成团", "W2,2026-03-01,30.00,paid"]
    first = await bring(shop, tmp_path, heading, rows, mapping)
    assert await orders(shop) == {"W2": (3_000, 0)}
    assert (await reasons(shop, first))[0][:3] == (2, "status", "待成团")
    _, mapping = simple("number", "paid_at", "total", "status", statuses={"待成团": "left_out"})
    second = await bring(shop, tmp_path, heading, rows, mapping)
    assert (second.rows_refused, second.result["orders_left_out"]) == (0, 1)


async def test_part_of_an_order_that_is_closed_or_given_back(shop: Shop, tmp_path: Path) -> None:
    """Sub-orders have states of their own: a closed one is no sale, one given back is a sale and a refund."""
    heading, mapping = simple("number", "paid_at", "amount", "product", "status", "after_sales")
    rows = [
        "D1,2026-03-01,10.00,A,已完成,-",
        "D1,2026-03-01,20.00,B,已关闭,-",
        "D1,2026-03-01,30.00,C,已完成,退款成功",
        "D2,2026-03-01,5.00,A,已完成,无售后或售后取消",
    ]
    done = await bring(shop, tmp_path, heading, rows, mapping)
    assert await orders(shop) == {"D1": (4_000, 3_000), "D2": (500, 0)}
    assert (done.result["rows_left_out"], done.result["orders_left_out"], done.result["left_out_total"]) == (1, 0, "20")


async def test_more_refunded_than_paid_is_named_unless_the_total_is_what_was_left(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "total", "refunded")
    rows = ["T1,2026-03-01,0.00,80.00", "T2,2026-03-01,60.00,20.00"]
    done = await bring(shop, tmp_path, heading, rows, mapping)
    assert await orders(shop) == {"T2": (6_000, 2_000)}
    ((row, column, value, reason),) = await reasons(shop, done)
    assert (row, column, value, reason[:6]) == (2, "refunded", "80", "退款多于实付")
    _, mapping = simple("number", "paid_at", "total", "refunded", total_after_refund="yes")
    await bring(shop, tmp_path, heading, rows[:1], {**mapping, "source": "淘宝"})
    assert (await orders(shop))["T1"] == (8_000, 8_000)


async def test_a_currency_is_honoured_or_refused(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "total", "currency")
    rows = [
        "C1,2026-03-01,20.00,cny",
        "C2,2026-03-01,20.00,USD",
        "C3,2026-03-01,¥8.00,人民币",
        "C4,2026-03-01,$9.00,",
        "C5,2026-03-01,5.00,",
    ]
    done = await bring(shop, tmp_path, heading, rows, mapping)
    assert set(await orders(shop)) == {"C1", "C3", "C5"}
    assert [(row, column, value) for row, column, value, _ in await reasons(shop, done)] == [
        (3, "currency", "USD"),
        (5, "total", "$9.00"),
    ]
    assert {reason[3] for reason in await reasons(shop, done)} == {"不是品牌的记账货币"}


async def test_orders_nobody_paid_may_have_no_time(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "total", no_time="left_out")
    rows = ["N1,,20.00", "N2,2026-03-01,5.00", "N3,昨天,6.00"]
    done = await bring(shop, tmp_path, heading, rows, mapping)
    assert await orders(shop) == {"N2": (500, 0)}
    assert (done.result["orders_left_out"], done.rows_refused) == (1, 1)


async def test_a_number_that_begins_with_its_day(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "total", number_date="yes")
    done = await bring(shop, tmp_path, heading, ["260517-607198974342268,,20.00", "x-1,,5.00"], mapping)
    async with shop.db.transaction() as tx:
        assert (await tx.scalar(text("SELECT paid_at FROM purchase"))).isoformat() == "2026-05-16T16:00:00+00:00"
    assert done.rows_refused == 1


async def test_a_refund_may_come_before_its_order(shop: Shop, tmp_path: Path) -> None:
    """Two files, either first: the member has bought and given back the same, and the log says so once."""
    columns = {
        "number": "number",
        "paid_at": "at",
        "amount": "amount",
        "member": {"column": "who", "identity": "phone"},
    }
    sold = {"kind": "orders", "source": "erp", "columns": columns}
    back = {**sold, "columns": {**columns, "refund_of": "of"}, "rules": {"refund": {"prefix": "R"}}}
    first = await bring(shop, tmp_path, "number,of,at,amount,who", ["R1,S1,2026-03-02,30.00,"], back, "back.csv")
    assert (first.result["refunds"], first.result["facts"]) == (1, 0)
    await bring(shop, tmp_path, "number,at,amount,who", ["S1,2026-03-01,100.00,13800000001"], sold)
    assert await orders(shop) == {"S1": (10_000, 3_000)}
    async with shop.db.transaction() as tx:
        recorded = (
            await tx.execute(
                text(
                    "SELECT name, member_id IS NOT NULL, props->>'order' FROM fact WHERE name LIKE 'order%' ORDER BY 1"
                )
            )
        ).all()
    assert [tuple(row) for row in recorded] == [("order_paid", True, "S1"), ("order_refunded", True, "S1")]


async def test_a_price_without_a_quantity_is_no_amount(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "price")
    with pytest.raises(Invalid) as refusal:
        await bring(shop, tmp_path, heading, ["P1,2026-03-01,5.00"], mapping)
    assert [fault.path for fault in refusal.value.errors] == ["mapping.columns.quantity"]


async def test_an_order_that_is_refused_leaves_nothing_behind(shop: Shop, tmp_path: Path) -> None:
    """Neither the customer it names nor what it says was given back."""
    heading, mapping = simple("number", "paid_at", "total", "refunded", "member")
    await bring(shop, tmp_path, heading, ["A1,2026-03-01,50.00,0,13800000001"], mapping)
    changed = ["A1,2026-03-01,60.00,20.00,13800000002", "A2,2026-03-01,5.00,9.00,13800000003"]
    done = await bring(shop, tmp_path, heading, changed, mapping, "later.csv")
    assert (done.rows_refused, done.result["changed"]) == (2, False)
    assert await orders(shop) == {"A1": (5_000, 0)}
    async with shop.db.transaction() as tx:
        members = await tx.scalar(text("SELECT count(*) FROM member WHERE workspace_id = :w"), {"w": shop.workspace_id})
    assert members == 1
    assert {reason[3] for reason in await reasons(shop, done)} >= {"单号已存在，但内容不同"}


async def test_an_order_that_was_cancelled_since_is_named_and_given_back_on_request(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "total", "status")
    await bring(shop, tmp_path, heading, ["A1,2026-03-01,50.00,待发货"], mapping)
    named = await bring(shop, tmp_path, heading, ["A1,2026-03-01,50.00,已取消"], mapping, "later.csv")
    assert (named.result["orders_left_out"], named.result["orders_cancelled"], named.rows_refused) == (1, 1, 0)
    assert await orders(shop) == {"A1": (5_000, 0)}
    assert [(row, value) for row, _, value, _ in await reasons(shop, named)] == [(2, "A1")]
    _, mapping = simple("number", "paid_at", "total", "status", cancelled="refund")
    await bring(shop, tmp_path, heading, ["A1,2026-03-01,50.00,已取消"], mapping, "later.csv")
    assert await orders(shop) == {"A1": (5_000, 5_000)}
    again = await bring(shop, tmp_path, heading, ["A1,2026-03-01,50.00,已取消"], mapping, "later.csv")
    assert (again.result["orders_cancelled"], again.result["changed"]) == (0, False)


async def test_one_customer_in_two_spellings_is_one(shop: Shop, tmp_path: Path) -> None:
    heading, mapping = simple("number", "paid_at", "amount", "member")
    rows = [
        "A1,2026-03-01,5.00,13800000001",
        "A1,2026-03-01,6.00,+86 138-0000-0001",
        "A2,2026-03-01,1.00,13800000001",
        "A2,2026-03-01,1.00,13800000002",
    ]
    done = await bring(shop, tmp_path, heading, rows, mapping)
    assert await orders(shop) == {"A1": (1_100, 0)}
    assert (done.rows_refused, done.result["members_created"]) == (2, 1)
