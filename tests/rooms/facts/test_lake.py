"""The one door to DuckDB: what must be true of every question, whatever the files look like."""

from siyu.facts.catalogue.channels import MessageReceived
from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.lake import relay
from siyu.facts.log.actions import record_from
from siyu.kit.db import Tx
from tests.world import NOON, Shop, order_paid

ROW_GROUP = 122_880
"""Rows of a part of a file: DuckDB's own choice."""
SELECT = """
    SELECT CAST(:workspace AS int), i, CAST(:now AS timestamptz), 'till', CAST(NULL AS text), jsonb_build_object({props})
    FROM generate_series(CAST(1 AS bigint), CAST(:rows AS bigint)) AS i"""


async def record_many(tx: Tx, shop: Shop, kind: type[OrderPaid | MessageReceived], rows: int, props: str) -> None:
    params = {"workspace": shop.workspace_id, "now": NOON, "rows": rows}
    await record_from(tx, kind, SELECT.format(props=props), params, NOON)


async def test_a_number_is_found_although_a_part_of_a_file_has_none(shop: Shop) -> None:
    """A part in which nobody has an amount makes DuckLake forget the table's range, and believe the next file's."""
    async with shop.db.transaction() as tx:
        await record_many(tx, shop, MessageReceived, ROW_GROUP + 10, "'channel', 'wecom'")
        await record_many(
            tx, shop, OrderPaid, 20, "'order', 'x' || i, 'amount', 30000 + i, 'lines', 1, 'source', 'till'"
        )
    await relay.relay(shop.db, shop.lake)
    await shop.happen(*((1, NOON, order_paid(100 + n, order=f"a{n}")) for n in range(20)))
    await relay.relay(shop.db, shop.lake)
    shop.lake.close()
    shop.lake.open()
    for condition, count in {
        "amount >= 10000": 20,
        "amount < 10000": 20,
        "p_order >= 'x'": 20,
        "p_order < 'b'": 20,
    }.items():
        assert await shop.lake.rows(f"SELECT count(*) FROM lake.facts WHERE {condition}") == [(count,)], condition
