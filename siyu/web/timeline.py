"""`GET /api/v1/members/{member_id}/timeline`: what happened to a member, in the words of every room."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from siyu.audience.saved.queries import labels_of as audience_labels
from siyu.channels.messages.queries import message_texts
from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.hosts.access import allow_member
from siyu.contacts.members.queries import check_here
from siyu.contacts.merges.queries import family
from siyu.contacts.tags.queries import tag_names
from siyu.facts.log import queries as facts
from siyu.facts.log.queries import FactRecord
from siyu.journeys.queries.search import names_of as journey_names
from siyu.kit.db import Tx
from siyu.kit.http import DEFAULT_LIMIT, BigId, InTx, Limit, cursor_of, read_cursor
from siyu.kit.personal_data import PersonalJson, PersonalText, PersonalWords
from siyu.kit.redaction import redacted
from siyu.kit.text import LocalizedText
from siyu.platform import queries as platform
from siyu.platform.queries import Caller
from siyu.platform.uses.queries import thing_names
from siyu.web.timeline_text import BrandNames, audiences_in, fact_text, journeys_in

MESSAGE = "message_id"
"""The facts of one message are one line: how it stands now."""

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Reads = Annotated[Caller, allow_member("members.read")]


class TimelineItem(BaseModel):
    """Something that happened. `title` names the kind of fact, `text` says the rest (may be empty), `message` is what a message
    says, for those who may read messages."""

    id: int
    fact: str
    at: datetime
    title: LocalizedText
    text: PersonalWords
    message: PersonalText | None
    actor: str
    actor_name: str
    member_id: int
    props: PersonalJson


class TimelineOut(BaseModel):
    items: list[TimelineItem]
    next: str | None


@router.get("/members/{member_id}/timeline")
async def timeline(
    member_id: BigId,
    tx: InTx,
    caller: Reads,
    kinds: Annotated[list[str] | None, Query()] = None,
    before: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> TimelineOut:
    """What happened to the member and to those merged into it, newest first; `kinds` are names of facts, repeated or with commas."""
    await check_here(tx, caller.workspace_id, member_id)
    names = [name for part in kinds or [] for name in part.split(",") if name]
    start = read_cursor(before, datetime, int, name="before")
    place = (start[0], start[1]) if start else None
    page = await facts.of_members(
        tx, caller.workspace_id, await family(tx, member_id), names or None, place, limit, once=MESSAGE
    )
    texts = await _message_texts(tx, caller, page)
    people = await platform.actors(tx, caller.workspace_id, [fact.actor for fact in page])
    brand_names = await _names(tx, caller, [fact.props for fact in page])
    items = [_item(fact, people, brand_names, texts) for fact in page]
    following = cursor_of(page[-1].occurred_at, page[-1].seq) if len(page) == limit else None
    return TimelineOut(items=items, next=following)


async def _names(tx: Tx, caller: Caller, props: Sequence[Mapping[str, Any]]) -> BrandNames:
    """What the brand calls what these facts refer to; an audience keeps its bare name before those who may not see audiences."""
    audiences = audiences_in(props) if caller.may("audiences.read") else set()
    return BrandNames(
        attributes={spec.name: spec.label for spec in (await attribute_specs(tx, caller.workspace_id)).values()},
        audiences=await audience_labels(tx, caller.workspace_id, audiences),
        journeys=await journey_names(tx, caller.workspace_id, journeys_in(props)),
        keys={
            "tag": (await tag_names(tx, caller.workspace_id)).names,
            "journey": (await thing_names(tx, caller.workspace_id, "journey")).names,
        },
    )


async def _message_texts(tx: Tx, caller: Caller, page: Sequence[FactRecord]) -> Mapping[int, str]:
    """What the messages that these facts are about say."""
    ids = [int(fact.props[MESSAGE]) for fact in page if fact.props.get(MESSAGE)]
    if not ids or not caller.may("messages.read"):
        return {}
    return await message_texts(tx, caller.workspace_id, ids)


def _item(fact: FactRecord, people: dict[str, str], brand_names: BrandNames, texts: Mapping[int, str]) -> TimelineItem:
    text = fact_text(fact.name, fact.props, brand_names)
    return TimelineItem(
        id=fact.seq,
        fact=fact.name,
        at=fact.occurred_at,
        title=text.title,
        text=text.text,
        message=redacted(texts.get(int(fact.props.get(MESSAGE) or 0))),
        actor=fact.actor,
        actor_name=people.get(fact.actor, fact.actor),
        member_id=fact.member_id or 0,
        props=fact.props,
    )
