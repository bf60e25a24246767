"""Changing members over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.contacts import actions
from siyu.contacts.actions import MemberRow
from siyu.contacts.api.shapes import (
    ChangedOut,
    MemberDetail,
    MergedOut,
    RevealedIdentity,
    RevealedOut,
    UndoneOut,
    member_detail,
)
from siyu.contacts.queries.members import whole
from siyu.contacts.rules.identities import VALUE_CHARS_MAX
from siyu.kit import clock
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import InTx
from siyu.kit.limits import BATCH_ROWS_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter()

Writes = Annotated[Caller, allow("members.write")]
Merges = Annotated[Caller, allow("members.merge")]
Reveals = Annotated[Caller, allow("members.reveal")]
Erases = Annotated[Caller, allow("members.erase")]
Label = Annotated[str, Field(max_length=NAME_CHARS_MAX)]
TagNames = Annotated[list[Label], Field(max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)]
SOURCE = "manual"


class IdentityIn(BaseModel):
    kind: str = Field(max_length=40)
    value: str = Field(max_length=2 * VALUE_CHARS_MAX)


class MemberIn(BaseModel):
    identities: list[IdentityIn] = Field(max_length=20)
    name: str | None = None
    zone: str | None = None
    attributes: dict[str, Any] = {}
    tags: TagNames = []
    consents: dict[str, bool] = {}


class MemberChange(BaseModel):
    """Only what is given changes; null takes a value away."""

    name: str | None = None
    zone: str | None = None
    attributes: dict[str, Any] = {}


async def _detail(tx: InTx, caller: Caller, member_id: int) -> MemberDetail:
    return member_detail(await whole(tx, caller.workspace_id, member_id), caller)


@router.post("/members", status_code=201)
async def create(body: MemberIn, tx: InTx, caller: Writes) -> MemberDetail:
    """A new member; 409 with the other's id when an identity is somebody's already."""
    kinds = [one.kind for one in body.identities]
    twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if twice:
        raise Invalid(errors=[Fault(f"identities.{twice[0]}", "one of a kind at first", "每种身份先填写一个")])
    row = MemberRow(
        identities={one.kind: one.value for one in body.identities},
        name=body.name,
        zone=body.zone,
        attributes=body.attributes,
        tags=body.tags,
        consents=body.consents,
    )
    made = await actions.create(tx, caller.workspace_id, row, source=SOURCE, actor=caller.actor, now=clock.now())
    return await _detail(tx, caller, made)


@router.patch("/members/{member_id}")
async def change(member_id: int, body: MemberChange, tx: InTx, caller: Writes) -> MemberDetail:
    """Change a member's name, zone or attributes."""
    changes = body.model_dump(exclude_unset=True)
    await actions.update(tx, caller.workspace_id, member_id, changes, actor=caller.actor, now=clock.now())
    return await _detail(tx, caller, member_id)


class TagsIn(BaseModel):
    add: TagNames = []
    remove: TagNames = []


@router.post("/members/{member_id}/tags")
async def tag(member_id: int, body: TagsIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Put tags on a member and take others off."""
    await actions.tag(
        tx,
        caller.workspace_id,
        [member_id],
        body.add,
        body.remove,
        source=SOURCE,
        actor=caller.actor,
        now=clock.now(),
    )
    return await _detail(tx, caller, member_id)


class BulkTagsIn(TagsIn):
    member_ids: list[int] = Field(min_length=1, max_length=BATCH_ROWS_MAX)


@router.post("/members/bulk-tags")
async def bulk_tag(body: BulkTagsIn, tx: InTx, caller: Writes) -> ChangedOut:
    """Put tags on many members at once."""
    changed = await actions.tag(
        tx,
        caller.workspace_id,
        body.member_ids,
        body.add,
        body.remove,
        source=SOURCE,
        actor=caller.actor,
        now=clock.now(),
    )
    return ChangedOut(changed=changed)


class ConsentIn(BaseModel):
    state: Literal["given", "withdrawn"]
    source: str = Field(SOURCE, min_length=1, max_length=NAME_CHARS_MAX)
    purpose: str = Field("marketing", min_length=1, max_length=NAME_CHARS_MAX)


@router.put("/members/{member_id}/consents/{channel}")
async def consent(member_id: int, channel: str, body: ConsentIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Keep what a member said about a channel, where, and for what purpose."""
    await actions.consent(
        tx,
        caller.workspace_id,
        [member_id],
        channel,
        body.state == "given",
        purpose=body.purpose,
        source=body.source,
        actor=caller.actor,
        now=clock.now(),
    )
    return await _detail(tx, caller, member_id)


class SuppressionIn(BaseModel):
    reason: Reason


@router.put("/members/{member_id}/suppressions/{channel}")
async def suppress(member_id: int, channel: str, body: SuppressionIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Contact a member no more on a channel (`*`: on any), whatever they said."""
    now = clock.now()
    await actions.suppress(tx, caller.workspace_id, [member_id], channel, body.reason, actor=caller.actor, now=now)
    return await _detail(tx, caller, member_id)


@router.delete("/members/{member_id}/suppressions/{channel}")
async def unsuppress(member_id: int, channel: str, tx: InTx, caller: Writes) -> MemberDetail:
    """Lift a suppression."""
    await actions.unsuppress(tx, caller.workspace_id, [member_id], channel, actor=caller.actor, now=clock.now())
    return await _detail(tx, caller, member_id)


@router.post("/members/{member_id}/identities", status_code=201)
async def identify(member_id: int, body: IdentityIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Give a member one more identity."""
    await actions.identify(
        tx, caller.workspace_id, member_id, body.kind, body.value, actor=caller.actor, now=clock.now()
    )
    return await _detail(tx, caller, member_id)


@router.delete("/members/{member_id}/identities/{identity_id}")
async def unlink(member_id: int, identity_id: int, tx: InTx, caller: Writes) -> MemberDetail:
    """Take an identity from a member."""
    await actions.unlink(tx, caller.workspace_id, member_id, identity_id, actor=caller.actor, now=clock.now())
    return await _detail(tx, caller, member_id)


class MergeIn(BaseModel):
    other_id: int
    reason: Reason


@router.post("/members/{member_id}/merge", status_code=201)
async def merge(member_id: int, body: MergeIn, tx: InTx, caller: Merges) -> MergedOut:
    """Merge another member into this one."""
    merge_id = await actions.merge(
        tx, caller.workspace_id, member_id, body.other_id, body.reason, actor=caller.actor, now=clock.now()
    )
    return MergedOut(merge_id=merge_id, winner_id=member_id)


@router.post("/merges/{merge_id}/undo")
async def undo(merge_id: int, tx: InTx, caller: Merges) -> UndoneOut:
    """Take a merge apart again."""
    winner, restored = await actions.undo_merge(tx, caller.workspace_id, merge_id, actor=caller.actor, now=clock.now())
    return UndoneOut(winner_id=winner, restored_id=restored)


class RevealIn(BaseModel):
    kinds: list[str] | None = Field(None, max_length=20)


@router.post("/members/{member_id}/reveal")
async def reveal(member_id: int, tx: InTx, caller: Reveals, body: RevealIn | None = None) -> RevealedOut:
    """Identities in clear. That you looked is on record."""
    kinds = body.kinds if body else None
    shown = await actions.reveal(tx, caller.workspace_id, member_id, kinds, actor=caller.actor, now=clock.now())
    return RevealedOut(identities=[RevealedIdentity(id=one.id, kind=one.kind, value=one.value) for one in shown])


@router.post("/members/{member_id}/erase")
async def erase(member_id: int, tx: InTx, caller: Erases) -> MemberDetail:
    """Erase a member's personal data for good."""
    await actions.erase(tx, caller.workspace_id, member_id, actor=caller.actor, now=clock.now())
    return await _detail(tx, caller, member_id)
