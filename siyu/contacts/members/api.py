"""Members over HTTP: lists, one of them, changed and erased. One is made where its consents are known: with channels."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel

from siyu.contacts.hosts.access import allow_member
from siyu.contacts.hosts.queries import staff
from siyu.contacts.identities.rules import KINDS
from siyu.contacts.members import actions
from siyu.contacts.members.queries import SORTS, MemberFilter, Place, count, page
from siyu.contacts.members.responses import MemberDetail, MembersOut, detail_of, member_out
from siyu.kit import clock
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import DEFAULT_LIMIT, BigId, Body, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Reads = Annotated[Caller, allow("members.read")]
ReadsOne = Annotated[Caller, allow_member("members.read")]
Writes = Annotated[Caller, allow_member("members.write")]
Erases = Annotated[Caller, allow_member("members.erase")]
CURSOR_TYPES: dict[str, type] = {"bigint": int, "timestamptz": datetime, "text": str}
"""What the sorted value is in a page's cursor, by its type in SORTS."""


def _order(sort: str) -> str:
    if sort not in SORTS:
        raise Invalid(errors=[Fault("sort", "no such order", "不支持这种排序", " | ".join(SORTS))])
    return sort


Sort = Annotated[str, AfterValidator(_order)]
"""An order of the list, one of SORTS; raises Invalid for another."""


def which(
    caller: Reads,
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
    tag: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
    identity: Annotated[str | None, Query(max_length=40)] = None,
) -> MemberFilter:
    """The list's filter, within what the caller reaches; raises Invalid for a kind of identity that does not exist."""
    if identity and identity not in KINDS:
        raise Invalid(errors=[Fault("identity", "no such kind of identity", "没有这种身份类型", " | ".join(KINDS))])
    return MemberFilter(search or None, tag or None, identity or None, caller.serves)


@router.get("/members")
async def members(
    tx: InTx,
    caller: Reads,
    member_filter: Annotated[MemberFilter, Depends(which)],
    sort: Sort = "-id",
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> MembersOut:
    """Members that are neither merged nor erased. `search` is part of a name, the last four digits of a phone, or exactly a phone,
    email or customer number."""
    start = read_cursor(cursor, str, CURSOR_TYPES[SORTS[sort][1]], int)
    if start is not None and start[0] != sort:
        raise Invalid(errors=[Fault("cursor", "of another order", "翻页标记与排序不符")])
    after = Place(start[1], start[2]) if start else None
    page_cards, last = await page(tx, caller.workspace_id, member_filter, sort, after, limit)
    following = cursor_of(sort, last.value, last.id) if last else None
    items = [member_out(card) for card in page_cards]
    return MembersOut(items=items, total=await count(tx, caller.workspace_id, member_filter), next=following)


class StaffOut(BaseModel):
    staff: str
    customers: int


class StaffListOut(Page):
    items: list[StaffOut]


@router.get("/staff")
async def staff_of_customers(tx: InTx, caller: Annotated[Caller, allow("users.manage")]) -> StaffListOut:
    """Whom of the staff customers are connected with, to link people of the team with them."""
    rows = await staff(tx, caller.workspace_id)
    return StaffListOut(items=[StaffOut(staff=name, customers=customers) for name, customers in rows], total=len(rows))


@router.get("/members/{member_id}")
async def member(member_id: BigId, tx: InTx, caller: ReadsOne) -> MemberDetail:
    """Everything about a member; one that was merged says into whom (`merged_into`)."""
    return await detail_of(tx, caller, member_id)


class MemberChange(Body):
    """Only what is given changes; null takes a value away."""

    name: str | None = None
    zone: str | None = None
    attributes: dict[str, Any] = {}


@router.patch("/members/{member_id}")
async def change(member_id: BigId, body: MemberChange, tx: InTx, caller: Writes) -> MemberDetail:
    """Change a member's name, zone or attributes."""
    changes = body.model_dump(exclude_unset=True)
    await actions.update(tx, caller.workspace_id, member_id, changes, actor=caller.actor, now=clock.now())
    return await detail_of(tx, caller, member_id)


@router.post("/members/{member_id}/erase")
async def erase(member_id: BigId, tx: InTx, caller: Erases) -> MemberDetail:
    """Erase a member's personal data for good."""
    await actions.erase(tx, caller.workspace_id, member_id, actor=caller.actor, now=clock.now())
    return await detail_of(tx, caller, member_id)
