"""The fact of the recipe is recorded, reaches the lake, and a condition asks for it."""

from datetime import timedelta

import httpx

from siyu.facts.catalogue import KINDS
from tests.world import NOON, Shop


async def test_the_fact_is_recorded_and_asked_for(shop: Shop, client: httpx.AsyncClient) -> None:
    member, _ = await shop.members(2, created_at=NOON - timedelta(days=9))
    await shop.happen((member, NOON - timedelta(days=1), KINDS["basket_left"].model_validate({"amount": 4_200})))
    await shop.catch_up()
    over = {"did": {"fact": "basket_left", "sum": {"prop": "amount", ">=": 4_000}, "within": "7d"}}
    answer = await client.post("/api/v1/audience-count", json={"tree": over})
    assert answer.json()["count"] == 1, answer.text
