"""The route of the dry run."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siyu.journeys import queries
from siyu.journeys.api.shapes import (
    JourneyWords,
    Reading,
)
from siyu.journeys.rules import Assumed, Moment, Run, Step, check, read
from siyu.journeys.rules import dry_run as walk
from siyu.journeys.rules.graph import ASSUMED_MAX
from siyu.journeys.rules.words import UNFINISHED, ending, said
from siyu.journeys.steps import STEPS
from siyu.kit import clock
from siyu.kit.errors import Invalid, NotFound
from siyu.kit.http import InTx
from siyu.kit.limits import NAME_CHARS_MAX

router = APIRouter()


class AssumedIn(BaseModel):
    fact: str = Field(max_length=NAME_CHARS_MAX)
    at: datetime
    props: dict[str, Any] = {}


class DryRunIn(BaseModel):
    member_id: int
    start: datetime | None = None
    facts: list[AssumedIn] = Field([], max_length=ASSUMED_MAX)
    version: int | None = None
    """The draft unless said otherwise."""


class MomentMessage(BaseModel):
    channel: str
    text: str
    state: str
    reason: str | None
    due_at: datetime | None


class MomentOut(BaseModel):
    at: datetime
    arrived_at: datetime
    node: str
    kind: str
    exit: str | None
    what: JourneyWords
    message: MomentMessage | None


class DryRunOut(BaseModel):
    moments: list[MomentOut]
    outcome: JourneyWords


@router.post("/journeys/{journey_id}/dry-run")
async def dry_run(journey_id: int, body: DryRunIn, request: Request, tx: InTx, caller: Reading) -> DryRunOut:
    """Walk one member through the draft or a version with the clock moved; nothing is sent or written."""
    now = clock.now()
    journey = await queries.journey(tx, caller.workspace_id, journey_id)
    [graph] = [journey.draft] if body.version is None else await queries.raw_graphs(tx, journey_id, [body.version])
    if graph is None:
        raise NotFound("There is no such version", "没有这个版本")
    faults = check(graph, STEPS, await queries.known(tx, caller.workspace_id))
    if faults:
        raise Invalid("The journey is not ready", "旅程还有问题需要修正", faults)
    drawn = read(graph, journey_id)
    picture = await queries.picture(tx, request.app.state.lake, caller, drawn, body.member_id, now)
    start = body.start or now
    run = Run(0, picture.member_id, 1, 0, drawn.start, start, start, picture.zone)
    assumed = [Assumed(one.fact, one.at, one.props) for one in body.facts]
    moments = walk(drawn, run, STEPS, assumed, picture.judge, picture.calm)
    return DryRunOut(
        moments=[_moment(one, drawn.steps[one.node], picture) for one in moments],
        outcome=JourneyWords(**ending(moments[-1]) if moments and moments[-1].exit is None else UNFINISHED),
    )


def _moment(moment: Moment, step: Step, picture: queries.Picture) -> MomentOut:
    letter = moment.letter
    message = None
    if letter is not None:
        message = MomentMessage(
            channel=step.config["channel"],
            text=picture.letters.get(str(step.config["template"])) or "",
            state=letter.state,
            reason=letter.reason,
            due_at=letter.due_at,
        )
    return MomentOut(
        at=moment.at,
        arrived_at=moment.arrived_at,
        node=moment.node,
        kind=moment.kind,
        exit=moment.exit,
        what=JourneyWords(**said(moment, step)),
        message=message,
    )
