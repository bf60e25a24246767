"""The route of the dry run."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siyu.channels.messages.states import REASON_LABELS
from siyu.journeys.access import Reading
from siyu.journeys.dry_run.context import DryRunContext, dry_run_context
from siyu.journeys.dry_run.rules import ASSUMED_MAX, Moment
from siyu.journeys.dry_run.rules import dry_run as walk
from siyu.journeys.graph.check import check
from siyu.journeys.graph.structure import parse_graph
from siyu.journeys.queries import search
from siyu.journeys.states import EXIT_REASONS
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.rehearsal import Assumed
from siyu.journeys.steps.step import LEFT, Run, Step, StepKind
from siyu.kit import clock
from siyu.kit.errors import Invalid, NotFound
from siyu.kit.http import BigId, Body, Id, InTx, RequestTime
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText

router = APIRouter()

UNFINISHED = LocalizedText("还在进行中", "Still on the way")


class AssumedIn(Body):
    fact: str = Field(max_length=NAME_CHARS_MAX)
    at: RequestTime
    props: dict[str, Any] = {}


class DryRunIn(Body):
    member_id: BigId
    start: RequestTime | None = None
    facts: list[AssumedIn] = Field([], max_length=ASSUMED_MAX)
    version: Id | None = None
    """The draft unless another is named."""


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
    what: LocalizedText
    message: MomentMessage | None


class DryRunOut(BaseModel):
    moments: list[MomentOut]
    outcome: LocalizedText


@router.post("/journeys/{journey_id}/dry-run")
async def dry_run(journey_id: Id, body: DryRunIn, request: Request, tx: InTx, caller: Reading) -> DryRunOut:
    """Walk one member through the draft or a version with the clock moved; nothing is sent or written."""
    now = clock.now()
    journey = await search.journey(tx, caller.workspace_id, journey_id)
    [graph] = [journey.draft] if body.version is None else await search.raw_graphs(tx, journey_id, [body.version])
    if graph is None:
        raise NotFound("There is no such version", "没有这个版本")
    # a version was checked when it was published, and runs on by the rules of that day
    faults = check(graph, await references.load(tx, caller.workspace_id)) if body.version is None else []
    if faults:
        raise Invalid("The journey is not ready", "旅程还有问题需要修正", faults)
    parsed = parse_graph(graph, journey_id)
    member = await dry_run_context(tx, request.app.state.lake, caller, parsed, body.member_id, now)
    start = body.start or now
    run = Run(0, member.member_id, 1, 0, parsed.start, start, start, member.zone)
    assumed = [Assumed(fact.fact, fact.at, member.kept_props(fact.fact, fact.props)) for fact in body.facts]
    moments = walk(parsed, run, assumed, member.in_segment, member.send_policy)
    return DryRunOut(
        moments=[_moment(moment, parsed.steps[moment.node], member) for moment in moments],
        outcome=_describe_outcome(moments),
    )


def _moment(moment: Moment, step: Step[StepKind], member: DryRunContext) -> MomentOut:
    planned, settings = moment.message, step.settings.message()
    message = None
    if planned is not None and settings is not None:
        message = MomentMessage(
            channel=settings.channel,
            text=member.rendered.get(settings.template) or "",
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
        what=_describe_moment(moment, step),
        message=message,
    )


def _describe_moment(moment: Moment, step: Step[StepKind]) -> LocalizedText:
    """What happened at a moment."""
    if moment.exit is None:
        return _describe_ending(moment)
    message = moment.message
    if message is not None and message.reason is not None:
        reason = REASON_LABELS[message.reason]
        if message.state == "withheld":
            return LocalizedText(f"消息不会发送：{reason.zh}", f"The message is withheld: {reason.en}")
        return LocalizedText(f"消息推迟发送：{reason.zh}", f"The message is put off: {reason.en}")
    return next(exit.passed for exit in step.settings.exits() if exit.key == moment.exit)


def _describe_ending(moment: Moment) -> LocalizedText:
    """How the way ended."""
    why = moment.why or ""
    if why.startswith(LEFT):
        return EXIT_REASONS[why.removeprefix(LEFT)]
    finished = EXIT_REASONS["finished"]
    if why == "finished":
        return finished
    return LocalizedText(f"{finished.zh}：{why}", f"{finished.en}: {why}")


def _describe_outcome(moments: list[Moment]) -> LocalizedText:
    """What came of it in the end."""
    return _describe_ending(moments[-1]) if moments and moments[-1].exit is None else UNFINISHED
