"""Orders and refunds as sets, their facts, and what the API answers about them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from siyu.commerce import actions
from siyu.commerce.rules import Document, ImportResult, Line
from siyu.contacts.merges import actions as contact_merges
from tests.world import HE, NOON, Shop

DAY = timedelta(days=1)


async def take(shop: Shop, *documents: Document, refunds: bool = False, source: str = "pos") -> ImportResult:
    verb = actions.import_refunds if refunds else actions.import_orders
    async with shop.db.transaction() as tx:
        return await verb(tx, shop.workspace_id, documents, source=source, actor="test", now=NOON)


async def facts_named(shop: Shop, name: str) -> list[Any]:
    async with shop.db.transaction() as tx:
        rows = await tx.execute(
            text("SELECT member_id, occurred_at, props FROM fact WHERE name = :name ORDER BY occurred_at, seq"),
            {"name": name},
        )
        return [tuple(row) for row in rows]


def order(number: str, *amounts: int, days: int = 0, member: int | None = None) -> Document:
    lines = [Line(f"SKU{n}", amount, Decimal(-1 if amount < 0 else 1)) for n, amount in enumerate(amounts)]
    return Document(number, NOON - days * DAY, lines, member, "青巷一店")


async def test_each_order_is_one_fact_at_its_own_time(shop: Shop) -> None:
    (member,) = await shop.members(1)
    taken = await take(shop, order("1", 500, 250, days=3, member=member), order("2", 0))
    assert (taken.documents, taken.lines, taken.amount, taken.facts) == (2, 3, 750, 2)
    assert await facts_named(shop, "order_paid") == [
        (member, NOON - 3 * DAY, {"order": "1", "amount": 750, "lines": 2, "store": "青巷一店", "source": "pos"}),
        (None, NOON, {"order": "2", "amount": 0, "lines": 1, "store": "青巷一店", "source": "pos"}),
    ]


async def test_the_same_number_is_the_same_order_in_its_source_alone(shop: Shop) -> None:
    await take(shop, order("1", 500))
    again = await take(shop, order("1", 500), order("2", 100))
    assert (again.documents, again.known, again.different) == (1, 1, ())
    changed = await take(shop, order("1", 600), order("2", 100, days=1))
    assert (changed.documents, changed.known, sorted(changed.different)) == (0, 0, ["1", "2"])
    elsewhere = await take(shop, order("1", 600), source="online")
    assert elsewhere.documents == 1
    assert [fact[2]["amount"] for fact in await facts_named(shop, "order_paid")] == [500, 100, 600]


async def test_an_order_is_known_though_its_customer_was_merged(shop: Shop) -> None:
    winner, loser = await shop.members(2)
    await take(shop, order("1", 500, member=loser))
    async with shop.db.transaction() as tx:
        await contact_merges.merge(tx, shop.workspace_id, winner, loser, "同一人", actor="test", now=NOON)
    again = await take(shop, order("1", 500, member=winner))
    assert (again.known, again.different) == (1, ())


@pytest.mark.parametrize("amounts", [(-300, -200), (300, 200)])
async def test_a_refund_is_positive_however_it_is_written(shop: Shop, amounts: tuple[int, ...]) -> None:
    (member,) = await shop.members(1)
    await take(shop, order("1", 500, member=member))
    refund = Document("R1", NOON, [Line("SKU", a, Decimal(1 if a > 0 else -1)) for a in amounts], refund_of="1")
    taken = await take(shop, refund, refunds=True)
    assert (taken.documents, taken.amount) == (1, 500)
    assert await facts_named(shop, "order_refunded") == [(member, NOON, {"order": "1", "amount": 500, "source": "pos"})]
    async with shop.db.transaction() as tx:
        lines = (await tx.execute(text("SELECT quantity, amount FROM refund_line ORDER BY line"))).all()
    assert lines == [(1, 300), (1, 200)]


async def test_a_fee_kept_back_stays_a_fee(shop: Shop) -> None:
    lines = [Line("SKU", -500, Decimal(-1)), Line("FEE", 50, Decimal(1))]
    taken = await take(shop, Document("R1", NOON, lines), refunds=True)
    assert taken.amount == 450


async def test_totals_count_corrections_apart(shop: Shop, client: httpx.AsyncClient) -> None:
    first, second = await shop.members(2)
    await take(
        shop,
        order("1", 500, 250, member=first),
        order("2", 100, member=first),
        order("3", 40),
        order("4", -90, member=second),
    )
    await take(shop, order("R1", -100), refunds=True)
    assert (await client.get("/api/v1/commerce/totals")).json() == {
        "members_with_orders": 1,
        "orders": 4,
        "order_lines": 5,
        "sales_fen": 800,
        "corrections": 1,
        "corrections_fen": -90,
        "refunds": 1,
        "refund_lines": 1,
        "refunded_fen": 100,
    }
    assert len(await facts_named(shop, "order_paid")) == 3


async def test_a_member_s_orders_include_those_of_whom_was_merged_into_them(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    winner, loser = await shop.members(2)
    await take(shop, order("1", 500, member=winner, days=2), order("2", 700, member=loser, days=1), order("3", 9))
    async with shop.db.transaction() as tx:
        await contact_merges.merge(tx, shop.workspace_id, winner, loser, "同一人", actor="test", now=NOON)
    page = (await client.get("/api/v1/orders", params={"member_id": winner})).json()
    assert [(o["number"], o["member_id"], o["member_name"]) for o in page["items"]] == [
        ("2", winner, "客户0"),
        ("1", winner, "客户0"),
    ]
    assert (await client.get("/api/v1/commerce/totals")).json()["members_with_orders"] == 1


async def test_orders_are_paged_searched_and_cut_by_time(shop: Shop, client: httpx.AsyncClient) -> None:
    await take(shop, *(order(f"{'A' if n % 2 else 'B'}{n}", n, days=n) for n in range(5)))
    numbers: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = (await client.get("/api/v1/orders", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        numbers += [o["number"] for o in page["items"]]
        cursor = page["next"]
    assert (numbers, cursor) == (["B0", "A1", "B2", "A3", "B4"], None)
    searched = (await client.get("/api/v1/orders", params={"search": "A"})).json()
    assert (searched["total"], [o["number"] for o in searched["items"]]) == (2, ["A1", "A3"])
    window = {"from": (NOON - 3 * DAY).isoformat(), "to": (NOON - DAY).isoformat()}
    cut = (await client.get("/api/v1/orders", params=window)).json()
    assert [o["number"] for o in cut["items"]] == ["B2", "A3"]
    for wrong in ("x", "WyJ4IiwgMV0"):
        assert (await client.get("/api/v1/orders", params={"cursor": wrong})).status_code == 422


async def test_an_order_shows_its_lines_and_refunds(shop: Shop, client: httpx.AsyncClient) -> None:
    await take(shop, order("1", 500, 250))
    await take(shop, Document("R1", NOON, [Line("SKU0", 500)], refund_of="1"), refunds=True)
    listed = (await client.get("/api/v1/orders")).json()["items"][0]
    shown = (await client.get(f"/api/v1/orders/{listed['id']}")).json()
    assert (shown["amount"], shown["refunded"], shown["store"]) == (750, 500, "青巷一店")
    assert [(line["line"], line["product"], line["amount"]) for line in shown["items"]] == [
        (1, "SKU0", 500),
        (2, "SKU1", 250),
    ]
    assert [(refund["number"], refund["amount"]) for refund in shown["refunds"]] == [("R1", 500)]
    assert (await client.get("/api/v1/orders/999999")).status_code == 404


async def test_those_who_may_see_members_may_see_orders(shop: Shop) -> None:
    async with shop.client(HE) as moderator:
        assert (await moderator.get("/api/v1/orders")).status_code == 200
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shop.app), base_url="http://siyu.test") as stranger:
        assert (await stranger.get("/api/v1/orders")).status_code == 401
