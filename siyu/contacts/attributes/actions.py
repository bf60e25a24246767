"""Attributes that members of a brand may have."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text

from siyu.contacts.attributes.rules import (
    ATTRIBUTES_MAX,
    DEFINITION_LABELS,
    Spec,
    changed_options,
    check_definition,
    renamed_option,
)
from siyu.contacts.models import Attribute
from siyu.contacts.refusals import AttributeInUse
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid, NameTaken, NotFound
from siyu.platform.actions import audit
from siyu.platform.queries import Caller
from siyu.platform.rules import changes_between
from siyu.platform.uses.actions import refuse_if_used
from siyu.platform.uses.rules import Thing, option


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
    await audit(tx, caller, "attribute", "made", row.label, now, {"type": type})
    return row


async def change_attribute(
    tx: Tx, caller: Caller, name: str, *, label: str | None, options: Sequence[str] | None, now: datetime
) -> Attribute:
    """Change what an attribute is called or which options it has (its type stays: values were written in it).

    Raises NotFound, Invalid; InUse or AttributeInUse for an option that is left out and that somebody refers to or has.
    """
    row = await _attribute(tx, caller, name)
    spec = _spec(row)
    before = {"label": row.label, "options": spec.shown_options()}
    names = spec.shown_options() if options is None else options
    checked = check_definition(row.name, label or row.label, row.type, names)
    changed = changed_options(spec, checked.options or ())
    gone = [key for key in spec.options or () if key not in (changed.options or ())]
    if gone:
        await refuse_if_used(tx, caller.workspace_id, [option(name, key) for key in gone])
        await _refuse_if_held(tx, caller.workspace_id, spec, gone)
    row.label, row.options = checked.label, list(changed.options) if changed.options else None
    row.option_names = dict(changed.option_names)
    await tx.flush()
    changes = changes_between(DEFINITION_LABELS, before, {"label": row.label, "options": _spec(row).shown_options()})
    await audit(tx, caller, "attribute", "changed", row.label, now, changes=changes)
    return row


async def rename_option(tx: Tx, caller: Caller, name: str, *, before: str, to: str, now: datetime) -> Attribute:
    """Call an option otherwise: whoever has it keeps it, whatever refers to it goes on doing so. Raises NotFound, Invalid."""
    row = await _attribute(tx, caller, name)
    spec = _spec(row)
    key, row.option_names = renamed_option(spec, before, to)
    await tx.flush()
    detail = {"option": spec.shown(key), "name": row.option_names.get(key, key)}
    await audit(tx, caller, "attribute", "option_renamed", name, now, detail)
    return row


async def _refuse_if_held(tx: Tx, workspace_id: int, spec: Spec, keys: Sequence[str]) -> None:
    held = await tx.execute(
        text("""
            SELECT o.key, count(*) AS members FROM unnest(CAST(:keys AS text[])) AS o (key)
            JOIN member m ON m.workspace_id = :workspace_id AND m.attributes->CAST(:name AS text) @> to_jsonb(o.key)
            GROUP BY o.key
        """),
        {"workspace_id": workspace_id, "name": spec.name, "keys": list(keys)},
    )
    faults = [
        Fault(
            "options",
            f"{row.members} members have {spec.shown(row.key)}",
            f"{row.members} 位客户是“{spec.shown(row.key)}”",
        )
        for row in held
    ]
    if faults:
        raise AttributeInUse(errors=faults)


async def drop_attribute(tx: Tx, caller: Caller, name: str, now: datetime) -> None:
    """Delete an attribute nobody has a value of and nothing refers to; raises NotFound, AttributeInUse, InUse."""
    row = await _attribute(tx, caller, name)
    await refuse_if_used(tx, caller.workspace_id, [Thing("attribute", name)])
    used = await tx.scalar(
        text("SELECT count(*) FROM member WHERE workspace_id = :workspace_id AND attributes ? CAST(:name AS text)"),
        {"workspace_id": caller.workspace_id, "name": name},
    )
    if used:
        raise AttributeInUse(f"{used} members have a value of it", f"{used} 位客户有这个属性的值")
    await tx.delete(row)
    await audit(tx, caller, "attribute", "deleted", row.label, now)


def _spec(row: Attribute) -> Spec:
    return Spec(row.name, row.label, row.type, tuple(row.options) if row.options else None, row.option_names)


async def _attribute(tx: Tx, caller: Caller, name: str) -> Attribute:
    row = await tx.get(Attribute, (caller.workspace_id, name), with_for_update=True)
    if row is None:
        raise NotFound("There is no such attribute", "没有这个属性")
    return row
