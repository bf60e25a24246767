"""Making and reading members in the tests of this room."""

from typing import Any

from sqlalchemy import text

from siyu.contacts.tags import actions as contact_tags
from tests.world import NOON, Shop

LIN_PHONE = "13812345678"
HOU_PHONE = "13987654321"


async def facts(shop: Shop, name: str) -> list[tuple[int, dict[str, Any]]]:
    """(member, props) of every fact of this name, in the order recorded."""
    async with shop.db.transaction() as tx:
        rows = await tx.execute(text("SELECT member_id, props FROM fact WHERE name = :n ORDER BY seq"), {"n": name})
        return [(row[0], row[1]) for row in rows]


async def tags(shop: Shop, *names: str, group: str = "标签", exclusive: bool = False, days: int | None = None) -> int:
    """A tag group with these tags; returns its id."""
    async with shop.db.transaction() as tx:
        made = await contact_tags.add_group(
            tx, shop.caller, name=group, kind="manual", owner="林晓", exclusive=exclusive, days=days, now=NOON
        )
        await contact_tags.add_tags(tx, shop.caller, made.id, names, NOON)
        return made.id


async def snapshot(shop: Shop) -> dict[str, list[Any]]:
    """Everything a merge can touch, as it is in the database."""
    tables = {
        "member": "id, name, zone, attributes, merged_into",
        "identity": "id, member_id",
        "member_tag": "member_id, tag_id, source, tagged_at, expires_at",
        "consent": "member_id, channel, state, purpose, source, changed_at",
        "suppression": "member_id, channel, reason, since",
    }
    async with shop.db.transaction() as tx:
        return {
            table: [tuple(row) for row in await tx.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1, 2"))]
            for table, columns in tables.items()
        }
