"""One member at a time: made, changed, known by, shown in clear, erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from siyu.contacts import queries
from siyu.contacts.actions import upserting
from siyu.contacts.actions.locking import Held, hold
from siyu.contacts.models import MemberIdentity
from siyu.contacts.queries.merges import merged_with
from siyu.contacts.rules import attributes as rules
from siyu.contacts.rules.identities import mask, normalise
from siyu.contacts.rules.refusals import AlreadyMerged, IdentityTaken, MemberErased, NoSuchMember
from siyu.contacts.rules.rows import MemberRow
from siyu.facts.catalogue.contacts import IdentityLinked, IdentityUnlinked, PersonalDataRevealed
from siyu.facts.catalogue.contacts import MemberErased as MemberErasedFact
from siyu.facts.log import actions as facts
from siyu.facts.log.actions import Entry, record
from siyu.kit.crypto import encrypt
from siyu.kit.db import Tx
from siyu.kit.errors import Conflict, Invalid, NotFound

ERASED = "erased"
"""The reason of the suppression an erased member keeps."""


@dataclass(frozen=True)
class InClear:
    """An identity as it is written."""

    id: int
    kind: str
    value: str


async def create(tx: Tx, workspace_id: int, row: MemberRow, *, source: str, actor: str, now: datetime) -> int:
    """A new member; raises IdentityTaken when one of the identities is somebody's, Invalid naming the field."""
    for kind, value in row.identities.items():
        normalised = normalise(kind, value, f"identities.{kind}")
        known = await queries.resolve(tx, workspace_id, kind, [normalised])
        if known:
            raise IdentityTaken(f"identities.{kind}", known[normalised])
    try:
        (made,) = await upserting.upsert(tx, workspace_id, [row], source=source, actor=actor, now=now)
    except Invalid as error:
        # said of a list of one; here there is no list
        own = [replace(f, path=f.path.removeprefix("rows[0].").removeprefix("rows.")) for f in error.errors]
        raise Invalid(error.detail, error.detail_zh, own) from error
    return made.member_id


async def _own(tx: Tx, workspace_id: int, member_id: int) -> Held:
    """The member itself, locked; raises NoSuchMember, AlreadyMerged, MemberErased."""
    held = (await hold(tx, workspace_id, [member_id])).get(member_id)
    if held is None:
        raise NoSuchMember()
    if held.merged_into is not None:
        raise AlreadyMerged(held.merged_into)
    if held.erased:
        raise MemberErased()
    return held


async def update(
    tx: Tx, workspace_id: int, member_id: int, changes: Mapping[str, Any], *, actor: str, now: datetime
) -> None:
    """Change `name`, `zone` and single `attributes` (None takes the value away).

    Raises NoSuchMember, AlreadyMerged, MemberErased, Invalid naming the field.
    """
    held = await _own(tx, workspace_id, member_id)
    values: Mapping[str, Any] = changes.get("attributes") or {}
    faults = rules.check_values(await queries.attribute_specs(tx, workspace_id), values, "attributes")
    faults += rules.check_zone(changes.get("zone")) + rules.check_name(changes.get("name"))
    if faults:
        raise Invalid(errors=faults)
    change: dict[str, Any] = {
        field: changes[field]
        for field in ("name", "zone")
        if field in changes and changes[field] != getattr(held, field)
    }
    differing = [key for key, value in values.items() if held.attributes.get(key) != value]
    if differing:
        merged = {**held.attributes, **values}
        change["attributes"] = {key: value for key, value in merged.items() if value is not None}
        change["fields"] = sorted(differing)
    if change:
        await upserting.write_profiles(tx, workspace_id, {member_id: change}, actor, now)


async def identify(
    tx: Tx, workspace_id: int, member_id: int, kind: str, value: str, *, actor: str, now: datetime
) -> None:
    """Give a member one more identity; does nothing when it has it. Raises IdentityTaken, NoSuchMember, Invalid."""
    normalised = normalise(kind, value, "value")
    await _own(tx, workspace_id, member_id)
    written = await tx.scalar(
        text("""
            INSERT INTO identity (workspace_id, member_id, kind, value, value_hash, masked, created_at)
            VALUES (:workspace_id, :member_id, :kind, :value, :hash, :masked, :now)
            ON CONFLICT (workspace_id, kind, value_hash) DO NOTHING RETURNING id
        """),
        {
            "workspace_id": workspace_id,
            "member_id": member_id,
            "kind": kind,
            "value": encrypt(normalised),
            "hash": queries.hash_of(workspace_id, kind, normalised),
            "masked": mask(kind, normalised),
            "now": now,
        },
    )
    if written is None:
        owner = (await queries.resolve(tx, workspace_id, kind, [normalised])).get(normalised)
        if owner is None:
            raise Conflict("It has just changed; try again", "刚刚有变化，请重试")
        if owner != member_id:
            raise IdentityTaken("value", owner)
        return
    await record(tx, [Entry(workspace_id, IdentityLinked(kind=kind), now, member_id, actor)], now)


async def unlink(tx: Tx, workspace_id: int, member_id: int, identity_id: int, *, actor: str, now: datetime) -> None:
    """Take an identity from a member; raises NotFound, and Conflict for the last one."""
    await _own(tx, workspace_id, member_id)
    rows = (
        await tx.execute(select(MemberIdentity.id, MemberIdentity.kind).where(MemberIdentity.member_id == member_id))
    ).all()
    kind = next((row.kind for row in rows if row.id == identity_id), None)
    if kind is None:
        raise NotFound()
    if len(rows) == 1:
        raise Conflict("A member keeps at least one identity", "至少要保留一个身份")
    await tx.execute(text("DELETE FROM identity WHERE id = :id"), {"id": identity_id})
    await record(tx, [Entry(workspace_id, IdentityUnlinked(kind=kind), now, member_id, actor)], now)


async def reveal(
    tx: Tx, workspace_id: int, member_id: int, kinds: Sequence[str] | None, *, actor: str, now: datetime
) -> list[InClear]:
    """A member's identities in clear (of `kinds`, or all); that somebody looked, and at what, is a fact."""
    await _own(tx, workspace_id, member_id)
    query = select(MemberIdentity).where(MemberIdentity.member_id == member_id).order_by(MemberIdentity.id)
    shown = [
        InClear(row.id, row.kind, row.value) for row in await tx.scalars(query) if kinds is None or row.kind in kinds
    ]
    fact = PersonalDataRevealed(fields=sorted({one.kind for one in shown}))
    await record(tx, [Entry(workspace_id, fact, now, member_id, actor)], now)
    return shown


async def erase(tx: Tx, workspace_id: int, member_id: int, *, actor: str, now: datetime) -> None:
    """Erase all personal data of a member and of those merged into it, for good, and never contact it again.

    Their facts become nobody's: what was sold stays, to whom does not. Rooms above erase their own columns when they read
    member_erased (one fact for each of the family).
    """
    await _own(tx, workspace_id, member_id)
    family = await queries.family(tx, member_id)
    erased = sorted(await hold(tx, workspace_id, family))
    ids = {"ids": erased, "now": now, "reason": ERASED}
    for statement in _ERASE:
        await tx.execute(text(statement), ids)
    await facts.erase(tx, workspace_id, erased, await merged_with(tx, erased), now)
    await record(tx, [Entry(workspace_id, MemberErasedFact(), now, member, actor) for member in erased], now)


_OF = "ANY(CAST(:ids AS bigint[]))"
_ERASE = (
    f"DELETE FROM identity WHERE member_id = {_OF}",
    f"DELETE FROM member_tag WHERE member_id = {_OF}",
    f"DELETE FROM consent WHERE member_id = {_OF}",
    f"UPDATE merge SET moved = '{{}}', reason = 'erased' WHERE winner_id = {_OF} OR loser_id = {_OF}",
    f"""UPDATE member SET name = NULL, zone = NULL, attributes = '{{}}', erased_at = :now, updated_at = :now
        WHERE id = {_OF}""",
    f"DELETE FROM suppression WHERE member_id = {_OF}",
    """INSERT INTO suppression (member_id, channel, reason, since)
        SELECT m, '*', :reason, :now FROM unnest(CAST(:ids AS bigint[])) AS m""",
)
