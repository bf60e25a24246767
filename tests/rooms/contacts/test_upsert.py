"""Taking members in: one person, one member, whatever the order, the number and the company."""

import time

from sqlalchemy import text

from siyu.contacts import actions, queries
from siyu.contacts.actions import MemberRow, Upserted
from tests.world import NOON, Shop


async def upsert(shop: Shop, *rows: MemberRow, source: str = "test") -> list[Upserted]:
    async with shop.db.transaction() as tx:
        return await actions.upsert(tx, shop.workspace_id, rows, source=source, actor="system", now=NOON)


async def facts(shop: Shop, name: str) -> list[tuple[int, dict[str, object]]]:
    async with shop.db.transaction() as tx:
        rows = await tx.execute(text("SELECT member_id, props FROM fact WHERE name = :n ORDER BY seq"), {"n": name})
        return [(row[0], row[1]) for row in rows]


async def test_a_phone_written_in_five_ways_is_one_member(shop: Shop) -> None:
    written = ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "138-1234-5678", "１３８１２３４５６７８"]
    answers = await upsert(shop, *(MemberRow({"phone": phone}) for phone in written))
    assert len({one.member_id for one in answers}) == 1
    assert [one.created for one in answers] == [True, False, False, False, False]
    async with shop.db.transaction() as tx:
        assert await queries.resolve(tx, shop.workspace_id, "phone", ["138 1234 5678"]) == {
            "138 1234 5678": answers[0].member_id
        }


async def test_twenty_thousand_rows_in_a_few_seconds(shop: Shop) -> None:
    rows = [
        MemberRow({"external_id": str(n), "phone": f"139{n:08d}", "email": f"p{n}@example.com"}, name=f"客户{n}")
        for n in range(20_000)
    ]
    began = time.monotonic()
    first = await upsert(shop, *rows)
    made = time.monotonic()
    again = await upsert(shop, *rows)
    done = time.monotonic()
    assert len({one.member_id for one in first}) == 20_000
    assert [one.member_id for one in again] == [one.member_id for one in first]
    assert not any(one.created for one in again)
    print(f"made in {made - began:.1f} s, found again in {done - made:.1f} s")
    assert made - began < 15
    assert done - made < 15
