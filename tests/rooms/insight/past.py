"""How tests of reports make a shop's past, and ask about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from siyu.audience.refresh.jobs import catch_up
from siyu.contacts.members import actions as contacts
from siyu.contacts.members.rules import MemberRow
from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.catalogue.fact import Fact
from siyu.facts.log.actions import Entry, record
from tests.world import NOON, Shop

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
"""18 March begins in Shanghai."""


def paid(yuan: int, lines: int = 1, order: str = "o") -> OrderPaid:
    return OrderPaid(order=order, amount=yuan * 100, lines=lines, source="pos")


async def people(shop: Shop, *joined: datetime) -> list[int]:
    """Members who joined then."""
    rows = [MemberRow({"external_id": f"m{n}"}, name=f"客户{n}", created_at=at) for n, at in enumerate(joined)]
    async with shop.db.transaction() as tx:
        made = await contacts.upsert(tx, shop.workspace_id, rows, source="test", actor="system", now=NOON)
    return [one.member_id for one in made]


async def happen(shop: Shop, *facts: tuple[int | None, datetime, Fact], workspace_id: int | None = None) -> None:
    """Record facts as (member, when, fact) and bring the lake up to them."""
    async with shop.db.transaction() as tx:
        entries = [Entry(workspace_id or shop.workspace_id, fact, at, member) for member, at, fact in facts]
        await record(tx, entries, NOON)
    await catch_up(shop.db, shop.lake, NOON)


async def ask(client: httpx.AsyncClient, name: str, **params: str) -> dict[str, Any]:
    answer = await client.get(
        f"/api/v1/reports/{name}", params={key.rstrip("_"): value for key, value in params.items()}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
