"""Attributes a brand has defined."""

from sqlalchemy import select

from siyu.contacts.attributes.rules import Spec
from siyu.contacts.models import Attribute
from siyu.kit.db import Tx


async def attributes(tx: Tx, workspace_id: int) -> list[Attribute]:
    """The definitions, in the order they were made."""
    rows = await tx.scalars(
        select(Attribute).where(Attribute.workspace_id == workspace_id).order_by(Attribute.created_at, Attribute.name)
    )
    return list(rows)


async def attribute_specs(tx: Tx, workspace_id: int) -> dict[str, Spec]:
    """The definitions by name, as rules and other rooms read them."""
    return {
        row.name: Spec(row.name, row.label, row.type, tuple(row.options) if row.options else None, row.option_names)
        for row in await attributes(tx, workspace_id)
    }


async def attribute_names(tx: Tx, workspace_id: int) -> list[str]:
    """The attributes a template may name."""
    return list(await attribute_specs(tx, workspace_id))
