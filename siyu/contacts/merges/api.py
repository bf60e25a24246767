"""Merges over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.contacts.hosts.access import allow_member
from siyu.contacts.hosts.queries import check_served
from siyu.contacts.members.queries import check_here
from siyu.contacts.merges import actions
from siyu.contacts.merges.queries import merges_of
from siyu.contacts.merges.rules import merge_reason_text
from siyu.kit import clock
from siyu.kit.http import BigId, Body, InTx, Page
from siyu.kit.limits import REASON_CHARS_MAX
from siyu.kit.personal_data import PersonalName, PersonalWords
from siyu.platform import queries as platform
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Reads = Annotated[Caller, allow_member("members.read")]
MergesOne = Annotated[Caller, allow_member("members.merge")]
Merges = Annotated[Caller, allow("members.merge", of_all=True)]


class MergeOut(BaseModel):
    id: int
    winner_id: int
    loser_id: int
    loser_name: PersonalName | None
    reason: PersonalWords
    merged_by: str
    merged_by_name: str
    merged_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class MergesOut(Page):
    items: list[MergeOut]


class MergedOut(BaseModel):
    merge_id: int
    winner_id: int


class UndoneOut(BaseModel):
    winner_id: int
    restored_id: int


@router.get("/members/{member_id}/merges")
async def merges(member_id: BigId, tx: InTx, caller: Reads) -> MergesOut:
    """The merges a member took part in, newest first."""
    await check_here(tx, caller.workspace_id, member_id)
    people = await platform.actors(tx, caller.workspace_id)
    items = []
    for merge in await merges_of(tx, caller.workspace_id, member_id):
        values = {
            **vars(merge),
            "reason": merge_reason_text(merge.reason),
            "merged_by_name": people.get(merge.merged_by, merge.merged_by),
        }
        items.append(MergeOut.model_validate(values))
    return MergesOut(items=items, total=len(items))


class MergeIn(Body):
    other_id: BigId
    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)]


@router.post("/members/{member_id}/merge", status_code=201)
async def merge(member_id: BigId, body: MergeIn, tx: InTx, caller: MergesOne) -> MergedOut:
    """Merge another member into this one."""
    await check_served(tx, caller, [body.other_id])
    merge_id = await actions.merge(
        tx, caller.workspace_id, member_id, body.other_id, body.reason, actor=caller.actor, now=clock.now()
    )
    return MergedOut(merge_id=merge_id, winner_id=member_id)


@router.post("/merges/{merge_id}/undo")
async def undo(merge_id: BigId, tx: InTx, caller: Merges) -> UndoneOut:
    """Take a merge apart again."""
    winner, restored = await actions.undo_merge(tx, caller.workspace_id, merge_id, actor=caller.actor, now=clock.now())
    return UndoneOut(winner_id=winner, restored_id=restored)
