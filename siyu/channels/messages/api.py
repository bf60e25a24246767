"""The message log."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from siyu.channels.messages import queries as messages
from siyu.channels.messages.actions import holds, outcomes
from siyu.channels.messages.queries import MessageFilter
from siyu.channels.messages.rules import Outcome
from siyu.channels.messages.states import REASON_LABELS, STATES, MessageState
from siyu.kit import clock
from siyu.kit.http import DEFAULT_LIMIT, BigId, Body, Id, InTx, Limit, Page, RequestTime, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.personal_data import PersonalJson, PersonalName, PersonalText
from siyu.kit.redaction import redacted
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter()


class MessageOut(BaseModel):
    """`reason_zh` and `reason_en` say why it was withheld, deferred or failed; `detail` is what the platform said."""

    id: int
    member_id: int
    member_name: PersonalName
    channel: str
    purpose: str
    source: str
    origin: PersonalJson
    template_id: int | None
    template_name: str | None
    template_version: int | None
    staff: str | None
    text: PersonalText | None
    attachments: int
    state: MessageState
    reason: str | None
    reason_zh: str | None
    reason_en: str | None
    detail: PersonalText | None
    tries: int
    planned_at: datetime
    due_at: datetime
    changed_at: datetime


class MessagesOut(Page):
    items: list[MessageOut]


def _reason_labels(reason: str | None) -> dict[str, str | None]:
    known = REASON_LABELS.get(reason or "")
    return {"reason_zh": known.zh if known else None, "reason_en": known.en if known else None}


def filter_of(
    state: MessageState | None = None,
    reason: Annotated[str | None, Query(max_length=40)] = None,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    member_id: BigId | None = None,
    journey_id: Id | None = None,
    source: Annotated[str | None, Query(max_length=100)] = None,
    since: RequestTime | None = None,
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
) -> MessageFilter:
    """The filter of a request; `search` is part of the text, or whom it is for as in the list of members."""
    source = f"journey:{journey_id}" if journey_id else source
    return MessageFilter(state, reason, channel, member_id, source, since, search or None)


@router.get("/messages")
async def log(
    tx: InTx,
    caller: Annotated[Caller, allow("messages.read")],
    message_filter: Annotated[MessageFilter, Depends(filter_of)],
    before: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> MessagesOut:
    """Messages, newest first, each withheld one with its reason."""
    start = read_cursor(before, int, name="before")
    reached = replace(message_filter, serves=caller.serves)
    rows, total = await messages.log(tx, caller.workspace_id, reached, start[0] if start else None, limit)
    items = [_message(row, caller) for row in rows]
    return MessagesOut(items=items, total=total, next=cursor_of(items[-1].id) if len(items) == limit else None)


def _message(row: Mapping[str, Any], caller: Caller) -> MessageOut:
    """A line of the log; what was said to a member is for those who may see members."""
    shown = dict(row) | ({} if caller.may("members.read") else {"text": None})
    return MessageOut(**redacted(shown), **_reason_labels(row["reason"]))


class StateCount(BaseModel):
    state: MessageState
    zh: str
    en: str
    count: int


class ReasonCount(BaseModel):
    state: MessageState
    reason: str
    zh: str
    en: str
    count: int


class SummaryOut(BaseModel):
    """Every state, with how many messages are in it; and the reasons behind those that have one."""

    states: list[StateCount]
    reasons: list[ReasonCount]
    total: int


@router.get("/messages/summary")
async def summary(
    tx: InTx,
    caller: Annotated[Caller, allow("messages.read")],
    channel: Annotated[str | None, Query(max_length=40)] = None,
    member_id: BigId | None = None,
    journey_id: Id | None = None,
    source: Annotated[str | None, Query(max_length=100)] = None,
    since: RequestTime | None = None,
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
) -> SummaryOut:
    """How many messages are in which state, and why."""
    filter_ = filter_of(None, None, channel, member_id, journey_id, source, since, search)
    rows = await messages.summary(tx, caller.workspace_id, replace(filter_, serves=caller.serves))
    states = {state: sum(n for s, _, n in rows if s == state) for state in STATES}
    return SummaryOut(
        states=[StateCount(state=s, zh=STATES[s].zh, en=STATES[s].en, count=n) for s, n in states.items()],
        reasons=[
            ReasonCount(state=s, reason=reason, zh=REASON_LABELS[reason].zh, en=REASON_LABELS[reason].en, count=n)
            for s, reason, n in rows
            if reason is not None
        ],
        total=sum(states.values()),
    )


class CancelIn(Body):
    """Which of the messages that wait (queued or on hold); what is left out means any."""

    state: Literal["queued", "held"] | None = None
    reason: str | None = Field(None, max_length=40)
    channel: str | None = Field(None, max_length=40)
    member_id: BigId | None = None
    journey_id: Id | None = None
    source: str | None = Field(None, max_length=100)
    since: RequestTime | None = None
    search: str | None = Field(None, max_length=NAME_CHARS_MAX)


class CancelledOut(BaseModel):
    cancelled: int


@router.post("/messages/cancel")
async def cancel_all(body: CancelIn, tx: InTx, caller: Annotated[Caller, allow("messages.cancel")]) -> CancelledOut:
    """Cancel whatever waits and matches; what is in a call at this moment goes out."""
    number = await holds.cancel_all(
        tx, caller, replace(filter_of(**body.model_dump()), serves=caller.serves), clock.now()
    )
    return CancelledOut(cancelled=number)


class ResolveIn(Body):
    """`delivered`: it arrived. `failed`: it did not. `queued`: send it again."""

    outcome: Outcome


class MessageStateOut(BaseModel):
    id: int
    state: MessageState
    reason: str | None


@router.post("/messages/{message_id}/resolve")
async def resolve(
    message_id: BigId, body: ResolveIn, tx: InTx, caller: Annotated[Caller, allow("messages.resolve", of_all=True)]
) -> MessageStateOut:
    """Settle a message in doubt, having looked at the platform."""
    row = await outcomes.resolve(tx, caller, message_id, body.outcome, clock.now())
    return MessageStateOut(id=row.id, state=row.state, reason=row.reason)


@router.post("/messages/{message_id}/cancel")
async def cancel(
    message_id: BigId, tx: InTx, caller: Annotated[Caller, allow("messages.cancel", of_all=True)]
) -> MessageStateOut:
    """Cancel one message that waits."""
    row = await holds.cancel_one(tx, caller, message_id, clock.now())
    return MessageStateOut(id=row.id, state=row.state, reason=row.reason)
