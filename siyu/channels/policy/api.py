"""Caps, quiet hours, holidays."""

from datetime import date, time
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siyu.channels.catalogue import ANY_CHANNEL, CHANNELS
from siyu.channels.messages.states import REASON_LABELS
from siyu.channels.policy import queries as policy_queries
from siyu.channels.policy.actions import set_send_policy
from siyu.channels.policy.rules import CAPS_MAX, HOLIDAYS_MAX, PURPOSES, FrequencyCap, Policy
from siyu.kit import clock
from siyu.kit.http import BigId, Body, InTx, Number
from siyu.kit.limits import NAME_CHARS_MAX, PAGE_ROWS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter()

Channel = Annotated[str, Field(max_length=NAME_CHARS_MAX, json_schema_extra={"enum": [*CHANNELS]})]


class CapModel(Body):
    """At most `count` messages to a member in any `days` days; channel null counts all channels together."""

    channel: Channel | None = None
    count: Number
    days: Number


class QuietModel(Body):
    """From `start` to `end` of the member's own clock; may pass midnight."""

    start: time
    end: time


class PurposeOut(BaseModel):
    """What a message may be for, and which rules bind it."""

    name: str
    zh: str
    en: str
    needs_consent: bool
    quiet: bool
    caps: bool


class CalmIn(Body):
    caps: list[CapModel] = Field(max_length=CAPS_MAX)
    quiet: QuietModel | None = None
    holidays: list[date] = Field([], max_length=HOLIDAYS_MAX)


class CalmOut(CalmIn):
    zone: str
    purposes: list[PurposeOut]


def _out(policy: Policy) -> CalmOut:
    quiet = policy.quiet
    hours = quiet is not None and quiet.begins != quiet.ends
    return CalmOut(
        caps=[
            CapModel.model_validate(
                {"channel": None if cap.channel == ANY_CHANNEL else cap.channel, "count": cap.count, "days": cap.days}
            )
            for cap in policy.caps
        ],
        quiet=QuietModel(start=quiet.begins, end=quiet.ends) if quiet is not None and hours else None,
        holidays=sorted(quiet.holidays) if quiet else [],
        zone=policy.zone,
        purposes=[
            PurposeOut(
                name=name, zh=p.label.zh, en=p.label.en, needs_consent=p.needs_consent, quiet=p.quiet, caps=p.caps
            )
            for name, p in PURPOSES.items()
        ],
    )


@router.get("/calm")
async def calm(tx: InTx, caller: Annotated[Caller, allow("calm.read")]) -> CalmOut:
    """The brand's frequency caps, quiet hours and holidays, and what binds which purpose."""
    return _out(await policy_queries.send_policy(tx, caller.workspace_id))


class ChannelReachOut(BaseModel):
    """Whether a member can receive on a channel; `reason` says why not, as a message would be withheld with it."""

    channel: str
    reason: str | None
    reason_zh: str | None
    reason_en: str | None


class MemberReachOut(BaseModel):
    member_id: int
    channels: list[ChannelReachOut]


class ReachOut(BaseModel):
    items: list[MemberReachOut]


@router.get("/member-reach")
async def member_reach(
    tx: InTx,
    caller: Annotated[Caller, allow("members.read")],
    ids: Annotated[list[BigId], Query(min_length=1, max_length=PAGE_ROWS_MAX)],
) -> ReachOut:
    """On which channels these members can receive now, and why not on the others; unknown ones are left out."""
    each = await policy_queries.reach(tx, caller.workspace_id, ids, clock.now())
    return ReachOut(
        items=[
            MemberReachOut(
                member_id=member, channels=[_channel_reach(channel, reason) for channel, reason in by_channel.items()]
            )
            for member, by_channel in each.items()
        ]
    )


def _channel_reach(channel: str, reason: str | None) -> ChannelReachOut:
    label = REASON_LABELS[reason] if reason else None
    return ChannelReachOut(
        channel=channel, reason=reason, reason_zh=label.zh if label else None, reason_en=label.en if label else None
    )


@router.put("/calm")
async def change(body: CalmIn, tx: InTx, caller: Annotated[Caller, allow("calm.write")]) -> CalmOut:
    """Replace them all."""
    caps = [FrequencyCap(cap.channel or ANY_CHANNEL, cap.count, cap.days) for cap in body.caps]
    quiet = (body.quiet.start, body.quiet.end) if body.quiet else None
    await set_send_policy(tx, caller, caps=caps, quiet=quiet, holidays=body.holidays, now=clock.now())
    return _out(await policy_queries.send_policy(tx, caller.workspace_id))
