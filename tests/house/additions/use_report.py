"""The report of the recipe is answered by the API."""

from datetime import timedelta

import httpx

from siyu.facts.catalogue.commerce import OrderPaid
from tests.world import NOON, Shop


async def test_the_report_is_listed_and_answered(shop: Shop, client: httpx.AsyncClient) -> None:
    at = NOON - timedelta(days=1)
    for n, store in enumerate(("青巷一店", "青巷二店", "青巷二店")):
        fact = OrderPaid(order=f"o{n}", amount=1_000, lines=1, store=store, source="pos")
        await shop.happen((None, at, fact))
    await shop.catch_up()
    listed = (await client.get("/api/v1/reports")).json()["items"]
    assert "stores" in [report["name"] for report in listed]
    answer = (await client.get("/api/v1/reports/stores", params={"period": "30d"})).json()
    assert [(row["store"], row["orders"], row["sales_fen"]) for row in answer["rows"]] == [
        ("青巷二店", 2, 2_000),
        ("青巷一店", 1, 1_000),
    ]
