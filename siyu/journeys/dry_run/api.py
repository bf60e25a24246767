"""The route of the dry run."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siyu.journeys.dry_run.context import DryRunContext, dry_run_context
from siyu.journeys.dry_run.rules import Assumed, Moment
from siyu.journeys.dry_run.rules import dry_run as walk
from siyu.journeys.dry_run.text import UNFINISHED, describe_ending, describe_moment
from siyu.journeys.graph.check import check
from siyu.journeys.graph.structure import ASSUMED_MAX, Run, Step, read
from siyu.journeys.queries import references, search
from siyu.journeys.responses import JourneyWords, Reading
from siyu.journeys.steps.catalogue import STEPS
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
    """The draft unless describe_moment otherwise."""


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
    journey = await search.journey(tx, caller.workspace_id, journey_id)
    [graph] = [journey.draft] if body.version is None else await search.raw_graphs(tx, journey_id, [body.version])
    if graph is None:
        raise NotFound("There is no such version", "没有这个版本")
    faults = check(graph, STEPS, await references.load(tx, caller.workspace_id))
    if faults:
        raise Invalid("The journey is not ready", "旅程还有问题需要修正", faults)
    drawn = read(graph, journey_id)
    member = await dry_run_context(tx, request.app.state.lake, caller, drawn, body.member_id, now)
    start = body.start or now
    run = Run(0, member.member_id, 1, 0, drawn.start, start, start, member.zone)
    assumed = [Assumed(one.fact, one.at, one.props) for one in body.facts]
    moments = walk(drawn, run, STEPS, assumed, member.in_segment, member.send_policy)
    return DryRunOut(
        moments=[_moment(one, drawn.steps[one.node], member) for one in moments],
        outcome=JourneyWords(**describe_ending(moments[-1]) if moments and moments[-1].exit is None else UNFINISHED),
    )


def _moment(moment: Moment, step: Step, member: DryRunContext) -> MomentOut:
    planned = moment.message
    message = None
    if planned is not None:
        message = MomentMessage(
            channel=step.config["channel"],
            text=member.rendered.get(str(step.config["template"])) or "",
            state=planned.state,
            reason=planned.reason,
            due_at=planned.due_at,
        )
    return MomentOut(
        at=moment.at,
        arrived_at=moment.arrived_at,
        node=moment.node,
        kind=moment.kind,
        exit=moment.exit,
        what=JourneyWords(**describe_moment(moment, step)),
        message=message,
    )
