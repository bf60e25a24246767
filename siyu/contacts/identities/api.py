"""A member's identities over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.contacts.hosts.access import allow_member
from siyu.contacts.identities import actions
from siyu.contacts.members.requests import IdentityIn
from siyu.contacts.members.responses import MemberDetail, detail_of
from siyu.kit import clock
from siyu.kit.http import BigId, Body, InTx
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Writes = Annotated[Caller, allow_member("members.write")]
Reveals = Annotated[Caller, allow_member("members.reveal")]


class RevealedIdentity(BaseModel):
    id: int
    kind: str
    value: str


class RevealedOut(BaseModel):
    identities: list[RevealedIdentity]


@router.post("/members/{member_id}/identities", status_code=201)
async def identify(member_id: BigId, body: IdentityIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Give a member one more identity."""
    await actions.identify(
        tx, caller.workspace_id, member_id, body.kind, body.value, actor=caller.actor, now=clock.now()
    )
    return await detail_of(tx, caller, member_id)


@router.delete("/members/{member_id}/identities/{identity_id}")
async def unlink(member_id: BigId, identity_id: BigId, tx: InTx, caller: Writes) -> MemberDetail:
    """Take an identity from a member."""
    await actions.unlink(tx, caller.workspace_id, member_id, identity_id, actor=caller.actor, now=clock.now())
    return await detail_of(tx, caller, member_id)


class RevealIn(Body):
    kinds: list[str] | None = Field(None, max_length=20)


@router.post("/members/{member_id}/reveal")
async def reveal(member_id: BigId, tx: InTx, caller: Reveals, body: RevealIn | None = None) -> RevealedOut:
    """Identities in clear. That you looked is on record."""
    kinds = body.kinds if body else None
    shown = await actions.reveal(tx, caller.workspace_id, member_id, kinds, actor=caller.actor, now=clock.now())
    return RevealedOut(
        identities=[RevealedIdentity(id=identity.id, kind=identity.kind, value=identity.value) for identity in shown]
    )
