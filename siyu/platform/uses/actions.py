"""Stating what somebody refers to, and refusing to delete what somebody does."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, update

from siyu.kit.db import Tx
from siyu.kit.locks import Lock, lock_brand_until_commit
from siyu.platform.uses import queries
from siyu.platform.uses.models import ThingName, ThingUse
from siyu.platform.uses.rules import InUse, Thing, User, new_keys


async def hold_names(tx: Tx, workspace_id: int) -> None:
    """Nothing of the brand that others may refer to is deleted before `tx` ends. Taken before names are looked up."""
    await lock_brand_until_commit(tx, Lock.USES, workspace_id, shared=True)


async def state_uses(tx: Tx, workspace_id: int, things: Iterable[Thing], user: User) -> None:
    """All that `user` refers to from now on; nothing when there are no `things`."""
    await tx.execute(
        delete(ThingUse).where(
            ThingUse.workspace_id == workspace_id, ThingUse.user_kind == user.kind, ThingUse.used_by == user.id
        )
    )
    tx.add_all(
        ThingUse(
            workspace_id=workspace_id,
            thing=thing.kind,
            key=thing.key,
            user_kind=user.kind,
            used_by=user.id,
            label=user.label,
        )
        for thing in sorted(set(things))
    )
    await tx.flush()


async def call_user(tx: Tx, workspace_id: int, user: User) -> None:
    """Somebody who refers to things is called otherwise."""
    await tx.execute(
        update(ThingUse)
        .where(ThingUse.workspace_id == workspace_id, ThingUse.user_kind == user.kind, ThingUse.used_by == user.id)
        .values(label=user.label)
    )


async def refuse_if_used(tx: Tx, workspace_id: int, things: Collection[Thing]) -> None:
    """Before things are deleted: waits for whoever is stating uses at this moment; raises InUse with who refers to them."""
    await lock_brand_until_commit(tx, Lock.USES, workspace_id)
    users: dict[tuple[str, str], User] = {}
    for kind in sorted({thing.kind for thing in things}):
        keys = [thing.key for thing in things if thing.kind == kind]
        for named in (await queries.users_of(tx, workspace_id, kind, keys)).values():
            users |= {(user.kind, user.id): user for user in named}
    if users:
        raise InUse(list(users.values()))


async def name_thing(tx: Tx, workspace_id: int, thing: Thing, name: str) -> None:
    """State what a thing of a higher room is called from now on."""
    row = await tx.get(ThingName, (workspace_id, thing.kind, thing.key), with_for_update=True)
    if row is None:
        tx.add(ThingName(workspace_id=workspace_id, thing=thing.kind, key=thing.key, label=name))
    elif row.label != name:
        row.former = [former for former in (*row.former, row.label) if former != name]
        row.label = name
    await tx.flush()


async def new_key(tx: Tx, workspace_id: int, thing: str, name: str) -> str:
    """The key of a new thing that is called `name`: no other has or had it."""
    names = await queries.thing_names(tx, workspace_id, thing)
    return new_keys([name], names.names.keys())[name]


async def forget_name(tx: Tx, workspace_id: int, thing: Thing) -> None:
    """A thing of a higher room is gone, and nothing remembers it."""
    await tx.execute(
        delete(ThingName).where(
            ThingName.workspace_id == workspace_id, ThingName.thing == thing.kind, ThingName.key == thing.key
        )
    )
