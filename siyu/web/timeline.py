"""`GET /api/v1/members/{member_id}/timeline`: what happened to a member, in the words of every room."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.members.queries import check_here
from siyu.contacts.members.responses import seen
from siyu.contacts.merges.queries import family
from siyu.facts.log import queries as facts
from siyu.facts.log.queries import FactRecord
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import DEFAULT_LIMIT, InTx, Limit, cursor_of, read_cursor
from siyu.kit.text import LocalizedText
from siyu.platform import queries as platform
from siyu.platform.access import allow
from siyu.platform.queries import Caller
from siyu.web.timeline_text import fact_text

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Reads = Annotated[Caller, allow("members.read")]


class TimelineItem(BaseModel):
    """Something that happened. `title` names the kind of fact, `text` says the rest (may be empty)."""

    id: int
    fact: str
    at: datetime
    title: LocalizedText
    text: LocalizedText
    actor: str
    actor_name: str
    member_id: int
    props: dict[str, Any]


class TimelineOut(BaseModel):
    items: list[TimelineItem]
    next: str | None


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
    names = [name for part in kinds or [] for name in part.split(",") if name]
    start = read_cursor(before or None, 2)
    place = _place(start) if start else None
    records = await facts.of_members(tx, caller.workspace_id, await family(tx, member_id), names or None, place, limit)
    people = await platform.actors(tx, caller.workspace_id)
    labels = {spec.name: spec.label for spec in (await attribute_specs(tx, caller.workspace_id)).values()}
    items = [_item(fact, people, labels, caller) for fact in records]
    following = cursor_of(records[-1].occurred_at, records[-1].seq) if len(records) == limit else None
    return TimelineOut(items=items, next=following)


def _place(start: list[Any]) -> tuple[datetime, int]:
    try:
        return datetime.fromisoformat(start[0]), int(start[1])
    except (TypeError, ValueError) as error:
        raise Invalid(errors=[Fault("before", "not a cursor of this list", "不是这个列表的翻页标记")]) from error


def _item(fact: FactRecord, people: dict[str, str], labels: dict[str, str], caller: Caller) -> TimelineItem:
    fact_words = fact_text(fact.name, fact.props, labels, masked=not caller.may("members.reveal"))
    return TimelineItem(
        id=fact.seq,
        fact=fact.name,
        at=fact.occurred_at,
        title=fact_words.title,
        text=fact_words.text,
        actor=fact.actor,
        actor_name=people.get(fact.actor, fact.actor),
        member_id=fact.member_id or 0,
        props=seen(caller, fact.props),
    )
