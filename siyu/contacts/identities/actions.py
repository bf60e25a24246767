"""The identities of one member: given, taken away, shown in clear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text

from siyu.contacts.identities.queries import hash_of, resolve
from siyu.contacts.identities.rules import mask, normalise
from siyu.contacts.members.queries import lock_one
from siyu.contacts.models import ErasedIdentity, MemberIdentity
from siyu.contacts.refusals import IdentityTaken
from siyu.facts.catalogue.contacts import IdentityLinked, IdentityUnlinked, PersonalDataRevealed
from siyu.facts.log.actions import Entry, record
from siyu.kit.crypto import encrypt
from siyu.kit.db import Tx
from siyu.kit.errors import Conflict, NotFound


@dataclass(frozen=True)
class IdentityInClear:
    """An identity as it is written."""

    id: int
    kind: str
    value: str


async def identify(
    tx: Tx, workspace_id: int, member_id: int, kind: str, value: str, *, actor: str, now: datetime
) -> None:
    """Give a member one more identity; does nothing when it has it. Raises IdentityTaken, NoSuchMember, Invalid."""
    normalised = normalise(kind, value, "value")
    await lock_one(tx, workspace_id, member_id)
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
            "hash": hash_of(workspace_id, kind, normalised),
            "masked": mask(kind, normalised),
            "now": now,
        },
    )
    if written is None:
        owner = (await resolve(tx, workspace_id, kind, [normalised])).get(normalised)
        if owner is None:
            raise Conflict("It has just changed; try again", "刚刚有变化，请重试")
        if owner != member_id:
            raise IdentityTaken("value", owner)
        return
    await record(tx, [Entry(workspace_id, IdentityLinked(kind=kind), now, member_id, actor)], now)


async def unlink(tx: Tx, workspace_id: int, member_id: int, identity_id: int, *, actor: str, now: datetime) -> None:
    """Take an identity from a member; raises NotFound, and Conflict for the last one."""
    await lock_one(tx, workspace_id, member_id)
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
) -> list[IdentityInClear]:
    """A member's identities in clear (of `kinds`, or all); that somebody looked, and at what, is a fact."""
    await lock_one(tx, workspace_id, member_id)
    query = select(MemberIdentity).where(MemberIdentity.member_id == member_id).order_by(MemberIdentity.id)
    shown = [
        IdentityInClear(row.id, row.kind, row.value)
        for row in await tx.scalars(query)
        if kinds is None or row.kind in kinds
    ]
    fact = PersonalDataRevealed(fields=sorted({identity.kind for identity in shown}))
    await record(tx, [Entry(workspace_id, fact, now, member_id, actor)], now)
    return shown


async def forget_erased(tx: Tx, ids: Sequence[int]) -> None:
    """Let go of identities of erased members: no file holds them any more."""
    await tx.execute(delete(ErasedIdentity).where(ErasedIdentity.id.in_(ids)))
