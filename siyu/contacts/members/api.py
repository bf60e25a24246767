"""Reading members over HTTP."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from siyu.contacts import queries
from siyu.contacts.api.shapes import (
    MemberDetail,
    MemberOut,
    MembersOut,
    MergeOut,
    MergesOut,
    TimelineItem,
    TimelineOut,
    Words,
    member_detail,
    member_out,
    seen,
)
from siyu.contacts.queries.members import SORTS, Filter, Place, check_here, count, every, page, whole
from siyu.contacts.queries.merges import merges_of
from siyu.contacts.rules.identities import KINDS
from siyu.contacts.rules.telling import reason_words, tell
from siyu.facts.log import queries as facts
from siyu.facts.log.queries import FactRecord
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import DEFAULT_LIMIT, InTx, Limit, cursor_of, database, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform import queries as platform
from siyu.platform.access import allow
from siyu.platform.actions import audit
from siyu.platform.queries import Caller

router = APIRouter()

Reads = Annotated[Caller, allow("members.read")]
CSV_COLUMNS = ("id", "name", "phone", "email", "external_id", "zone", "tags", "consents", "created_at")
CSV_ROWS_A_CHUNK = 200
CAUSES: dict[str, tuple[str, str]] = {
    "first": ("首次计算", "first count"),
    "revised": ("条件修改", "conditions changed"),
    "facts": ("发生了新的行为", "something new happened"),
    "time": ("时间流逝", "time passed"),
}
"""Why somebody entered or left an audience, in words."""


def which(
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
    tag: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
    identity: Annotated[str | None, Query(max_length=40)] = None,
) -> Filter:
    """The list's filter; raises Invalid for a kind of identity that does not exist."""
    if identity and identity not in KINDS:
        raise Invalid(errors=[Fault("identity", "no such kind of identity", "没有这种身份类型", " | ".join(KINDS))])
    return Filter(search or None, tag or None, identity or None)


@router.get("/members")
async def members(
    tx: InTx,
    caller: Reads,
    wanted: Annotated[Filter, Depends(which)],
    sort: str = "-id",
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> MembersOut:
    """Members that are neither merged nor erased. `search` is part of a name, or exactly a phone, email or customer number."""
    if sort not in SORTS:
        raise Invalid(errors=[Fault("sort", "no such order", "不支持这种排序", " | ".join(SORTS))])
    start = read_cursor(cursor or None, 3)
    if start is not None and start[0] != sort:
        raise Invalid(errors=[Fault("cursor", "of another order", "翻页标记与排序不符")])
    after = Place(start[1], start[2]) if start else None
    found, last = await page(tx, caller.workspace_id, wanted, sort, after, limit)
    following = cursor_of(sort, last.value, last.id) if last else None
    items = [member_out(card, caller) for card in found]
    return MembersOut(items=items, total=await count(tx, caller.workspace_id, wanted), next=following)


@router.get("/members.csv", response_class=StreamingResponse)
async def export(
    tx: InTx, caller: Reads, wanted: Annotated[Filter, Depends(which)], db: Annotated[Database, Depends(database)]
) -> StreamingResponse:
    """The members of the current filter as CSV (UTF-8 with a mark, for spreadsheets), identities masked."""
    names = await queries.attribute_names(tx, caller.workspace_id)
    total = await count(tx, caller.workspace_id, wanted)
    await audit(tx, caller, "members", "exported", str(total), clock.now())
    return StreamingResponse(
        _lines(db, caller, wanted, names),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="members.csv"'},
    )


async def _lines(db: Database, caller: Caller, wanted: Filter, names: Sequence[str]) -> AsyncIterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    writer.writerow([*CSV_COLUMNS, *names])
    async with db.transaction() as tx:
        rows = 0
        async for card in every(tx, caller.workspace_id, wanted):
            writer.writerow(_row(member_out(card, caller), names))
            rows += 1
            if rows % CSV_ROWS_A_CHUNK == 0:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
    yield buffer.getvalue()


def _row(member: MemberOut, names: Sequence[str]) -> list[str]:
    consents = " ".join(f"{channel}:{state}" for channel, state in sorted(member.consents.items()))
    own = {**member.model_dump(), "tags": " ".join(member.tags), "consents": consents}
    own["created_at"] = member.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [_cell(own[column]) for column in CSV_COLUMNS] + [_cell(member.attributes.get(name)) for name in names]


def _cell(value: Any) -> str:
    """A value as a spreadsheet may open it: what looks like a formula is kept from being one."""
    if value is None:
        return ""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not isinstance(value, int | float) else text


@router.get("/members/{member_id}")
async def member(member_id: int, tx: InTx, caller: Reads) -> MemberDetail:
    """Everything about a member; one that was merged says into whom (`merged_into`)."""
    return member_detail(await whole(tx, caller.workspace_id, member_id), caller)


@router.get("/members/{member_id}/timeline")
async def timeline(
    member_id: int,
    tx: InTx,
    caller: Reads,
    kinds: Annotated[list[str] | None, Query()] = None,
    before: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> TimelineOut:
    """What happened to the member and to those merged into it, newest first; `kinds` are names of facts, repeated or with commas."""
    await check_here(tx, caller.workspace_id, member_id)
    family = await queries.family(tx, member_id)
    names = [name for part in kinds or [] for name in part.split(",") if name]
    start = read_cursor(before or None, 2)
    place = _place(start) if start else None
    found = await facts.of_members(tx, caller.workspace_id, family, names or None, place, limit)
    people = await platform.actors(tx, caller.workspace_id)
    labels = {spec.name: spec.label for spec in (await queries.attribute_specs(tx, caller.workspace_id)).values()}
    items = [_item(fact, people, labels, caller) for fact in found]
    following = cursor_of(found[-1].occurred_at, found[-1].seq) if len(found) == limit else None
    return TimelineOut(items=items, next=following)


def _place(start: list[Any]) -> tuple[datetime, int]:
    try:
        return datetime.fromisoformat(start[0]), int(start[1])
    except (TypeError, ValueError) as error:
        raise Invalid(errors=[Fault("before", "not a cursor of this list", "不是这个列表的翻页标记")]) from error


def _causes_told(props: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The properties as told in Chinese and in English: a known cause in words."""
    words = CAUSES.get(str(props.get("cause")))
    return ({**props, "cause": words[0]}, {**props, "cause": words[1]}) if words else (props, props)


def _item(fact: FactRecord, people: dict[str, str], labels: dict[str, str], caller: Caller) -> TimelineItem:
    veiled = not caller.may("members.reveal")
    zh, en = (tell(fact.name, props, labels, veiled=veiled) for props in _causes_told(fact.props))
    return TimelineItem(
        id=fact.seq,
        fact=fact.name,
        at=fact.occurred_at,
        title=Words(zh=zh.title[0], en=en.title[1]),
        text=Words(zh=zh.text[0], en=en.text[1]),
        actor=fact.actor,
        actor_name=people.get(fact.actor, fact.actor),
        member_id=fact.member_id or 0,
        props=seen(caller, fact.props),
    )


@router.get("/members/{member_id}/merges")
async def merges(member_id: int, tx: InTx, caller: Reads) -> MergesOut:
    """The merges a member took part in, newest first."""
    await check_here(tx, caller.workspace_id, member_id)
    people = await platform.actors(tx, caller.workspace_id)
    items = []
    for one in await merges_of(tx, caller.workspace_id, member_id):
        zh, en = reason_words(one.reason)
        values = {
            **vars(one),
            "loser_name": seen(caller, one.loser_name),
            "reason": Words(zh=seen(caller, zh), en=seen(caller, en)),
            "merged_by_name": people.get(one.merged_by, one.merged_by),
        }
        items.append(MergeOut.model_validate(values))
    return MergesOut(items=items, total=len(items))
