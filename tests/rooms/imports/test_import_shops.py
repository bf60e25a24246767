"""Files as eight shops export them, taken in as they are: recognised by their headings, read by the habits of each."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from siyu.imports.runs import jobs
from tests.rooms.imports.test_import_api import uploaded
from tests.world import NOON, Shop


@dataclass(frozen=True)
class Export:
    """A file, the ready mapping that should know it, and what it comes to: {number: (paid, given back)} in fen."""

    ready: str
    text: str
    orders: dict[str, tuple[int, int]]
    left_out: int = 0
    members: int = 0
    refused: int = 0
    lines: dict[str, int] = field(default_factory=dict)


TAB = "\t"
EXPORTS = [
    Export(
        "youzan_orders",
        "订单号,销售渠道,归属店铺,订单状态,订单创建时间,买家付款时间,商品金额合计,运费,店铺优惠合计,订单实付金额,全部商品名称,"
        "买家昵称,买家手机号,分销员,分销员,订单退款状态,订单已退款金额,\n"
        "E1,网店,青巷一店,已完成,2026-03-01 09:00:00,2026-03-01 09:01:00,100.00,8.00,10.00,98.00,茶;壶,安,13800000001,——,——,部分退款,30.00,\n"
        "E2,网店,青巷一店,已关闭,2026-03-01 09:00:00,,50.00,0.00,0.00,50.00,茶,——,,——,——,——,0.00,\n"
        "E3,网店,青巷一店,待发货,2026-03-01 09:00:00,2026-03-01 09:01:00,20.00,0.00,0.00,20.00,杯,波,138******01,——,——,——,0.00,\n",
        {"E1": (9_800, 3_000), "E3": (2_000, 0)},
        left_out=1,
        members=1,
    ),
    Export(
        "taobao_orders",
        "订单编号,买家会员名,总金额,买家实际支付金额,订单状态,宝贝标题 ,宝贝总数量,订单创建时间,订单付款时间 ,退款金额\n"
        '="2026030112345678901",安安,30.00,28.00,交易成功,茶,2,2026-03-01 09:00:00,2026-03-01 09:01:00,0.00\n'
        '="2026030112345678902",t***1,40.00,40.00,交易成功,壶,1,2026-03-01 09:00:00,2026-03-01 09:01:00,40.00\n'
        '="2026030112345678903",波波,50.00,0.00,等待买家付款,杯,1,2026-03-01 09:00:00,,0.00\n'
        '="2026030112345678904",波波,50.00,0.00,交易关闭,杯,1,2026-03-01 09:00:00,,0.00\n',
        {"2026030112345678901": (2_800, 0), "2026030112345678902": (4_000, 4_000)},
        left_out=2,
        members=1,
    ),
    Export(
        "jd_orders",
        "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,应付金额,订单状态,下单帐号,运费金额,付款确认时间\n"
        "301,1001,茶,2,在线支付,2026-03-01 09:00:00,30.00,100.00,95.00,95.00,完成,jd_an,6.00,2026-03-01 09:01:00\n"
        "301,1002,壶,1,在线支付,2026-03-01 09:00:00,40.00,100.00,95.00,95.00,完成,jd_an,6.00,2026-03-01 09:01:00\n"
        "302,1001,茶,1,在线支付,2026-03-01 09:00:00,30.00,30.00,30.00,30.00,(删除)等待出库,jd_bo,0.00,\n",
        {"301": (9_500, 0)},
        left_out=1,
        members=1,
    ),
    Export(
        "douyin_orders",
        "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,订单应付金额,运费,收件人,收件人手机号,订单提交时间,订单状态,售后状态\n"
        + "".join(
            ",".join(f'"{TAB}{cell}"' for cell in row) + "\n"
            for row in (
                ("69001", "1", "茶", "大", "1", "351", "T1", "1,200.50", "0", "##wz9", "$$mF1", "2026-03-01 09:00:00", "已完成", "-"),
                ("69001", "2", "壶", "小", "1", "352", "P1", "80.00", "0", "##wz9", "$$mF1", "2026-03-01 09:00:00", "已关闭", "-"),
                ("69002", "3", "杯", "小", "1", "353", "C1", "20.00", "0", "##wz8", "$$mF2", "2026-03-01 09:00:00", "已完成", "退款成功"),
            )
        ),
        {"69001": (120_050, 0), "69002": (2_000, 2_000)},
    ),
    Export(
        "pinduoduo_orders",
        "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元),用户实付金额(元),商家实收金额(元),"
        "商品数量(件),订单成交时间,商品id,手机,售后状态\n"
        f"茶,260517-607198974342268,已收货,30.00,0.00,2.00,0.00,0.00,28.00,28.00,1,,9001,{TAB},无售后或售后取消\n"
        f"壶,260518-607198974342269,未发货，退款成功,40.00,0.00,0.00,0.00,0.00,40.00,0.00,1,2026-05-18 10:00:00,9002,{TAB},退款成功\n"
        f"杯,260518-607198974342270,待付款,9.00,0.00,0.00,0.00,0.00,9.00,9.00,1,,9003,{TAB},无售后或售后取消\n",
        {"260517-607198974342268": (2_800, 0), "260518-607198974342269": (4_000, 4_000)},
        left_out=1,
    ),
    Export(
        "shopify_orders",
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,"
        "Lineitem name,Lineitem price,Lineitem sku,Refunded Amount,Phone\n"
        "#1001,an@example.com,paid,2026-03-01 09:50:26 +0200,CNY,100.00,12.00,0.00,107.00,5.00,2026-03-01 09:50:00 +0200,2,茶,30.00,T1,0.00,'8613800000001\n"
        "#1001,,,,,,,,,,2026-03-01 09:50:00 +0200,1,壶,40.00,P1,,\n"
        "#1002,,pending,,CNY,70.00,0.00,0.00,70.00,0.00,2026-03-03 10:00:00 +0200,1,杯,70.00,C1,0.00,\n",
        {"#1001": (10_700, 0)},
        left_out=1,
        members=1,
    ),
    Export(
        "woocommerce_orders",
        "Order Number,Order Status,Order Date,Customer Email,Order Total,Currency\n"
        + "".join(
            f"{n},{state},2026-03-01 09:00:00,an@example.com,{n}.00,CNY\n"
            for n, state in enumerate(
                ("completed", "processing", "on-hold", "pending", "cancelled", "failed", "refunded", "trash"), 1
            )
        ),
        {"1": (100, 0), "2": (200, 0), "7": (700, 700)},
        left_out=5,
        members=1,
    ),
]  # fmt: skip


async def take_in(shop: Shop, client: httpx.AsyncClient, content: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """The upload, the preview of the mapping it proposes, and the import by it."""
    upload = await uploaded(client, content)
    body = {"file": upload["file"], "kind": upload["suggested"]["kind"], "mapping": upload["suggested"]["mapping"]}
    seen = await client.post("/api/v1/imports/preview", json=body)
    assert seen.status_code == 200, seen.text
    started = (await client.post("/api/v1/imports", json=body)).json()
    return upload, seen.json(), await jobs.run_import(shop.db, started["id"], NOON)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.ready)
async def test_a_shops_own_export_comes_in_as_it_is(shop: Shop, client: httpx.AsyncClient, export: Export) -> None:
    upload, seen, done = await take_in(shop, client, export.text)
    assert [ready["name"] for ready in upload["ready"]] == [export.ready]
    assert len(upload["ready"][0]["recognised_by"]) >= 3
    assert upload["suggested"]["mapping"] == upload["ready"][0]["mapping"]
    async with shop.db.transaction() as tx:
        rows = await tx.execute(
            text("""
                SELECT p.number, p.amount, coalesce(sum(r.amount), 0) FROM purchase p LEFT JOIN refund r ON r.order_id = p.id
                GROUP BY p.id, p.number, p.amount
            """)
        )
        assert {number: (paid, int(back)) for number, paid, back in rows} == export.orders
    result = done.result
    assert (done.state, done.rows_refused, result["orders_left_out"]) == ("done", export.refused, export.left_out)
    assert (result["members_created"], result["rounding_difference"]) == (export.members, "0")
    assert (seen["refused"], seen["rows_left_out"]) == (done.rows_refused, result["rows_left_out"])


async def test_customers_of_youzan(shop: Shop, client: httpx.AsyncClient) -> None:
    """A masked phone is nobody, one phone on two rows is one person, and attributes are made as they are known."""
    content = (
        "客户姓名,客户昵称,客户手机号,客户生日,客户性别,标签,是否会员,客户积分,客户储值余额,消费次数,成为客户时间\n"
        "安,小安,13800000001,1990-05-06,女,,是,120,5.50,3,2025-01-02 08:00:00\n"
        "波,小波,186******05,,男,,是,10,0.00,1,2025-01-03 08:00:00\n"
        "——,安的家人,13800000001,,,,否,——,——,0,2025-01-04 08:00:00\n"
    )
    upload, _, done = await take_in(shop, client, content)
    assert upload["ready"][0]["name"] == "youzan_customers"
    assert (done.result["members_created"], done.rows_refused) == (1, 1)
    async with shop.db.transaction() as tx:
        attributes = await tx.scalar(text("SELECT attributes FROM member"))
    assert attributes == {"birthday": "1990-05-06", "gender": "女", "points": 120, "balance": 550}


async def test_one_name_in_two_shops_is_two_customers(shop: Shop, client: httpx.AsyncClient) -> None:
    taobao = EXPORTS[1].text.replace("安安", "same_name")
    jd = EXPORTS[2].text.replace("jd_an", "same_name")
    await take_in(shop, client, taobao)
    await take_in(shop, client, jd)
    async with shop.db.transaction() as tx:
        known = (await tx.scalars(text("SELECT masked FROM identity ORDER BY masked"))).all()
    assert known == ["jd:same_name", "taobao:same_name"]


async def test_a_column_of_masked_phones_is_not_proposed_as_who_bought(client: httpx.AsyncClient) -> None:
    upload = await uploaded(client, "单号,客户,支付时间,金额\nA1,186******05,2026-03-01,5\nA2,$$mF1,2026-03-01,5\n")
    assert "member" not in upload["suggested"]["mapping"]["columns"]
    assert upload["ready"] == []
