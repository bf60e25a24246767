"""What a member is worth is one figure: on the member's page, in reports and in audiences."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from siyu.commerce import actions
from siyu.commerce.rules import Document, Line
from siyu.contacts.merges import actions as contact_merges
from tests.rooms.insight.past import ask
from tests.world import NOON, Shop

ORDERS = 250


def document(number: str, amount: int, days: int, member: int, refund_of: str | None = None) -> Document:
    line = Line("SKU", amount, Decimal(-1 if amount < 0 else 1))
    return Document(number, NOON - timedelta(days=days), [line], member, refund_of=refund_of)


async def test_a_members_spend_is_the_same_wherever_it_is_shown(client: httpx.AsyncClient, shop: Shop) -> None:
    best, former, other = await shop.members(3)
    who: dict[str, Any] = {"source": "pos", "actor": "test", "now": NOON}
    orders = [document(str(n), 1_000 + n, 1 + n % 300, best if n % 5 else former) for n in range(ORDERS)]
    orders += [
        document("books", -70_000, 3, best),
        document("other", 5_000, 3, other),
        document("tomorrow", 99, -1, best),
    ]
    refunds = [document("R1", 700, 2, best, "1"), document("R2", 300, 2, former)]
    async with shop.db.transaction() as tx:
        await actions.import_orders(tx, shop.workspace_id, orders, **who)
        await actions.import_refunds(tx, shop.workspace_id, refunds, **who)
        await contact_merges.merge(tx, shop.workspace_id, best, former, "同一人", actor="test", now=NOON)
    await shop.catch_up()
    sales = sum(1_000 + n for n in range(ORDERS))

    page = (await client.get(f"/api/v1/members/{best}/value")).json()
    figures = {figure["metric"]: figure["value"] for figure in page["figures"]}
    assert figures == {
        "orders": ORDERS,
        "sales_fen": sales,
        "refunded_fen": 1_000,
        "net_sales_fen": sales - 1_000,
        "average_order_fen": 1_125,  # 1124.5 and a half up
    }
    assert page["last_order_at"] == "2026-03-17T04:00:00Z"
    assert page["stage"]["zh"] == "核心", "five orders or more within ninety days"
    assert (await client.get(f"/api/v1/members/{other}/value")).json()["stage"]["zh"] == "新客"

    # the same figures of the same member in a report over an audience, which is chosen by the very sum
    tree = {"order": {"sum": {"prop": "amount", "is": sales}}}
    chosen = {"all": [tree]}
    shown = (await ask(client, "overview", period="all", audience=json.dumps(chosen)))["rows"][0]
    assert {name: shown[name] for name in figures} == figures
    counted = await client.post("/api/v1/audience-count", json={"tree": chosen})
    assert counted.json()["count"] == 1, counted.text
    cells = (await ask(client, "rfm", audience=json.dumps(chosen)))["rows"]
    assert [(cell["members"], cell["orders"], cell["sales_fen"]) for cell in cells] == [(1, ORDERS, sales)]


async def test_nobody_is_asked_about_in_another_brand(client: httpx.AsyncClient, shop: Shop) -> None:
    assert (await client.get("/api/v1/members/99999/value")).status_code == 404
