"""Consents and suppressions over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from siyu.contacts.consents import actions
from siyu.contacts.members.responses import MemberDetail, detail_of
from siyu.contacts.members.rules import SOURCE_MANUAL
from siyu.kit import clock
from siyu.kit.http import Body, InTx
from siyu.kit.limits import NAME_CHARS_MAX, REASON_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Writes = Annotated[Caller, allow("members.write")]


class ConsentIn(Body):
    state: Literal["given", "withdrawn"]
    source: str = Field(SOURCE_MANUAL, min_length=1, max_length=NAME_CHARS_MAX)
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
    return await detail_of(tx, caller, member_id)


class SuppressionIn(Body):
    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)]


@router.put("/members/{member_id}/suppressions/{channel}")
async def suppress(member_id: int, channel: str, body: SuppressionIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Contact a member no more on a channel (`*`: on any), whatever they said."""
    now = clock.now()
    await actions.suppress(tx, caller.workspace_id, [member_id], channel, body.reason, actor=caller.actor, now=now)
    return await detail_of(tx, caller, member_id)


@router.delete("/members/{member_id}/suppressions/{channel}")
async def unsuppress(member_id: int, channel: str, tx: InTx, caller: Writes) -> MemberDetail:
    """Lift a suppression."""
    await actions.unsuppress(tx, caller.workspace_id, [member_id], channel, actor=caller.actor, now=clock.now())
    return await detail_of(tx, caller, member_id)
