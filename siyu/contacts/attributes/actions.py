"""Attributes that members of a brand may have."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text

from siyu.contacts.attributes.rules import ATTRIBUTES_MAX, check_definition
from siyu.contacts.models import Attribute
from siyu.contacts.refusals import AttributeInUse
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid, NameTaken, NotFound
from siyu.platform.actions import audit
from siyu.platform.queries import Caller


async def define_attribute(
    tx: Tx, caller: Caller, *, name: str, label: str, type: str, options: Sequence[str] | None = None, now: datetime
) -> Attribute:
    """A new attribute; raises NameTaken, Invalid."""
    spec = check_definition(name, label, type, options)
    if await tx.get(Attribute, (caller.workspace_id, name)) is not None:
        raise NameTaken()
    count = await tx.scalar(
        select(func.count()).select_from(Attribute).where(Attribute.workspace_id == caller.workspace_id)
    )
    if int(count or 0) >= ATTRIBUTES_MAX:
        raise Invalid(errors=[Fault("name", f"at most {ATTRIBUTES_MAX} attributes", f"最多 {ATTRIBUTES_MAX} 个属性")])
    row = Attribute(
        workspace_id=caller.workspace_id,
        name=spec.name,
        label=spec.label,
        type=spec.type,
        options=list(spec.options) if spec.options else None,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    await audit(tx, caller, "attribute", "made", name, now, {"type": type})
    return row


async def change_attribute(
    tx: Tx, caller: Caller, name: str, *, label: str | None, options: Sequence[str] | None, now: datetime
) -> Attribute:
    """Change what an attribute is called or its options (its type stays: values were written in it). Raises NotFound, Invalid."""
    row = await _attribute(tx, caller, name)
    spec = check_definition(row.name, label or row.label, row.type, row.options if options is None else options)
    row.label, row.options = spec.label, list(spec.options) if spec.options else None
    await tx.flush()
    await audit(tx, caller, "attribute", "changed", name, now)
    return row


async def drop_attribute(tx: Tx, caller: Caller, name: str, now: datetime) -> None:
    """Delete an attribute nobody has a value of; raises NotFound, AttributeInUse."""
    row = await _attribute(tx, caller, name)
    used = await tx.scalar(
        text("SELECT count(*) FROM member WHERE workspace_id = :workspace_id AND attributes ? CAST(:name AS text)"),
        {"workspace_id": caller.workspace_id, "name": name},
    )
    if used:
        raise AttributeInUse(f"{used} members have a value of it", f"{used} 位客户有这个属性的值")
    await tx.delete(row)
    await audit(tx, caller, "attribute", "deleted", name, now)


async def _attribute(tx: Tx, caller: Caller, name: str) -> Attribute:
    row = await tx.get(Attribute, (caller.workspace_id, name), with_for_update=True)
    if row is None:
        raise NotFound("There is no such attribute", "没有这个属性")
    return row
