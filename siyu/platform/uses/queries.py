"""Reads of who uses what."""

from collections.abc import Collection

from sqlalchemy import select

from siyu.kit.db import Tx
from siyu.platform.uses.models import ThingName, ThingUse
from siyu.platform.uses.rules import ThingNames, User, read_names


async def users_of(tx: Tx, workspace_id: int, thing: str, keys: Collection[str]) -> dict[str, list[User]]:
    """Who refers to the things of this kind with these keys, by key, in the order of their names."""
    users: dict[str, list[User]] = {key: [] for key in keys}
    query = select(ThingUse).where(
        ThingUse.workspace_id == workspace_id, ThingUse.thing == thing, ThingUse.key.in_(users)
    )
    for row in await tx.scalars(query.order_by(ThingUse.user_kind, ThingUse.label, ThingUse.used_by)):
        users[row.key].append(User(row.user_kind, row.used_by, row.label))
    return users


async def thing_names(tx: Tx, workspace_id: int, thing: str) -> ThingNames:
    """What the things of this kind are called, as their room has stated it."""
    rows = await tx.scalars(
        select(ThingName)
        .where(ThingName.workspace_id == workspace_id, ThingName.thing == thing)
        .order_by(ThingName.key)
    )
    return read_names((row.key, row.label, row.former) for row in rows)
