"""HTTP of the journeys room."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siyu.journeys import actions, queries
from siyu.journeys.models import Journey
from siyu.journeys.rules import Assumed, Moment, Run, Step, check, read
from siyu.journeys.rules import dry_run as walk
from siyu.journeys.rules.graph import ASSUMED_MAX
from siyu.journeys.rules.kits import KITS
from siyu.journeys.rules.words import UNFINISHED, ending, said
from siyu.journeys.steps import STEPS
from siyu.kit import clock
from siyu.kit.errors import Invalid, NotFound
from siyu.kit.http import DEFAULT_LIMIT, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["journeys"])

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
Reading = Annotated[Caller, allow("journeys.read")]
Writing = Annotated[Caller, allow("journeys.write")]
Publishing = Annotated[Caller, allow("journeys.publish")]
State = Literal["draft", "live", "paused", "ended"]


class Both(BaseModel):
    zh: str
    en: str


class JourneyOut(BaseModel):
    id: int
    name: str
    state: State
    version: int | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    active: int
    entered: int
    finished: int
    goals: int


class JourneyDetail(JourneyOut):
    draft: dict[str, Any]


class JourneysOut(Page):
    items: list[JourneyOut]


def _line(line: queries.Line) -> dict[str, Any]:
    fields = ("id", "name", "state", "version", "created_by", "created_at", "changed_at")
    return {name: getattr(line.journey, name) for name in fields} | {
        "active": line.active,
        "entered": line.entered,
        "finished": line.finished,
        "goals": line.goals,
    }


async def _detail(tx: InTx, journey: Journey) -> JourneyDetail:
    [line] = await queries.with_numbers(tx, [journey])
    return JourneyDetail(**_line(line), draft=journey.draft)


@router.get("/journeys")
async def list_journeys(
    tx: InTx,
    caller: Reading,
    search: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = "",
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> JourneysOut:
    """All journeys, the last changed first."""
    start = read_cursor(cursor, 1)
    offset = int(start[0]) if start else 0
    lines, total = await queries.lines(tx, caller.workspace_id, search, offset, limit)
    following = cursor_of(offset + limit) if offset + limit < total else None
    return JourneysOut(items=[JourneyOut(**_line(line)) for line in lines], total=total, next=following)


class DrawIn(BaseModel):
    name: Name
    draft: dict[str, Any] | None = None


@router.post("/journeys", status_code=201)
async def draw(body: DrawIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """A new journey, as a draft."""
    return await _detail(tx, await actions.draw(tx, caller, body.name, body.draft, clock.now()))


@router.get("/journeys/{journey_id}")
async def get_journey(journey_id: int, tx: InTx, caller: Reading) -> JourneyDetail:
    """One journey with its draft."""
    return await _detail(tx, await queries.journey(tx, caller.workspace_id, journey_id))


class RedrawIn(BaseModel):
    name: Name | None = None
    draft: dict[str, Any] | None = None


@router.put("/journeys/{journey_id}")
async def redraw(journey_id: int, body: RedrawIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """Save name and draft; what is published stays as it is."""
    journey = await actions.redraw(tx, caller, journey_id, body.name, body.draft, clock.now())
    return await _detail(tx, journey)


@router.delete("/journeys/{journey_id}", status_code=204)
async def discard(journey_id: int, tx: InTx, caller: Writing) -> None:
    """Throw away a journey that nobody entered."""
    await actions.discard(tx, caller, journey_id, clock.now())


class FaultOut(BaseModel):
    path: str
    reason: str
    reason_zh: str
    expected: str | None


class CheckOut(BaseModel):
    errors: list[FaultOut]
    touched: int | None
    """Members who would enter at once if it were published now; null when nobody would."""


@router.post("/journeys/{journey_id}/check")
async def check_draft(journey_id: int, tx: InTx, caller: Reading) -> CheckOut:
    """What is wrong with the draft, and whom publishing it would touch at once."""
    journey = await queries.journey(tx, caller.workspace_id, journey_id)
    faults = check(journey.draft, STEPS, await queries.known(tx, caller.workspace_id))
    errors = [FaultOut(path=f.path, reason=f.reason, reason_zh=f.reason_zh, expected=f.expected) for f in faults]
    return CheckOut(errors=errors, touched=await queries.touched(tx, journey))


@router.post("/journeys/{journey_id}/publish")
async def publish(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Freeze the draft as a version and let members in."""
    known = await queries.known(tx, caller.workspace_id)
    return await _detail(tx, await actions.publish(tx, caller, journey_id, known, clock.now()))


@router.post("/journeys/{journey_id}/pause")
async def pause(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Nobody enters and nobody moves until it is resumed."""
    return await _detail(tx, await actions.pause(tx, caller, journey_id, clock.now()))


@router.post("/journeys/{journey_id}/resume")
async def resume(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Go on after a pause."""
    return await _detail(tx, await actions.resume(tx, caller, journey_id, clock.now()))


@router.post("/journeys/{journey_id}/end")
async def end(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """End it for good; everybody leaves."""
    return await _detail(tx, await actions.end(tx, caller, journey_id, clock.now()))


class VersionOut(BaseModel):
    version: int
    graph: dict[str, Any]
    published_by: str
    published_at: datetime
    active: int


class VersionsOut(Page):
    items: list[VersionOut]


@router.get("/journeys/{journey_id}/versions")
async def versions(journey_id: int, tx: InTx, caller: Reading) -> VersionsOut:
    """What was published, newest first, and how many are on each now."""
    await queries.journey(tx, caller.workspace_id, journey_id)
    items = [
        VersionOut(
            version=v.version, graph=v.graph, published_by=v.published_by, published_at=v.published_at, active=active
        )
        for v, active in await queries.versions(tx, journey_id)
    ]
    return VersionsOut(items=items, total=len(items))


class MessagesOut(BaseModel):
    queued: int = 0
    sending: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    in_doubt: int = 0
    withheld: dict[str, int] = {}
    """By reason."""


class StepCountsOut(BaseModel):
    waiting: int
    passed: int
    left: int
    exits: dict[str, int]
    left_why: dict[str, int]
    messages: MessagesOut | None


class CountsOut(BaseModel):
    version: int | None
    nodes: dict[str, StepCountsOut]
    entered: int
    active: int
    finished: int
    exited: int
    goal: int


@router.get("/journeys/{journey_id}/counts")
async def counts(journey_id: int, tx: InTx, caller: Reading, version: int | None = None) -> CountsOut:
    """The live counts of a version (the current one unless said otherwise), step by step."""
    journey = await queries.journey(tx, caller.workspace_id, journey_id)
    version = version or journey.version
    if version is None:
        return CountsOut(version=None, nodes={}, entered=0, active=0, finished=0, exited=0, goal=0)
    messages = await queries.messages(tx, caller.workspace_id, journey_id, version)
    nodes = {
        node: StepCountsOut(
            waiting=one.waiting,
            passed=one.passed,
            left=sum(one.left.values()),
            exits=one.exits,
            left_why=one.left,
            messages=_messages(messages[node]) if node in messages else None,
        )
        for node, one in (await queries.counts(tx, journey_id, version)).items()
    }
    return CountsOut(version=version, nodes=nodes, **await queries.totals(tx, journey_id, version))


def _messages(lines: list[tuple[str, str | None, int]]) -> MessagesOut:
    out = MessagesOut(withheld={reason or "": number for state, reason, number in lines if state == "withheld"})
    for state, _reason, number in lines:
        if state != "withheld":
            setattr(out, state, getattr(out, state) + number)
    return out


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
    what: Both
    message: MomentMessage | None


class DryRunOut(BaseModel):
    moments: list[MomentOut]
    outcome: Both


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
        outcome=Both(**ending(moments[-1]) if moments and moments[-1].exit is None else UNFINISHED),
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
        what=Both(**said(moment, step)),
        message=message,
    )


class EnrolIn(BaseModel):
    member_ids: list[int] | None = Field(None, max_length=actions.ENROL_MEMBERS_MAX)
    audience: str | None = Field(None, max_length=NAME_CHARS_MAX)


class EnrolledOut(BaseModel):
    entered: int
    coming: bool
    """An audience is on its way in, batch by batch."""


@router.post("/journeys/{journey_id}/enrol")
async def enrol(journey_id: int, body: EnrolIn, tx: InTx, caller: Publishing) -> EnrolledOut:
    """Let members in by hand: some by id, or a whole saved audience."""
    now = clock.now()
    if body.audience is not None:
        done = await actions.enrol_audience(tx, caller, journey_id, body.audience, now)
    else:
        done = await actions.enrol(tx, caller, journey_id, body.member_ids or [], now)
    return EnrolledOut(entered=done.entered, coming=done.coming)


class RunOut(BaseModel):
    id: int
    member_id: int
    member_name: str | None
    version: int
    entry: int
    key: str
    state: str
    node: str
    entered_at: datetime
    arrived_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    ended_why: str | None


class RunsOut(Page):
    items: list[RunOut]


@router.get("/journeys/{journey_id}/enrolments")
async def enrolments(
    journey_id: int,
    tx: InTx,
    caller: Reading,
    node: str | None = None,
    state: Literal["active", "finished", "exited", ""] = "",
    version: int | None = None,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> RunsOut:
    """Who is in the journey, or was, the last entered first."""
    await queries.journey(tx, caller.workspace_id, journey_id)
    start = read_cursor(cursor, 1)
    lines, total = await queries.runs(
        tx, journey_id, node or None, state or None, version, start[0] if start else None, limit
    )
    items = [RunOut(**vars(line) | {"due_at": line.due_at if line.state == "active" else None}) for line in lines]
    return RunsOut(items=items, total=total, next=cursor_of(lines[-1].id) if len(lines) == limit else None)


class MoveIn(BaseModel):
    from_version: int
    to_version: int


class MovedOut(BaseModel):
    moved: int


@router.post("/journeys/{journey_id}/move")
async def move(journey_id: int, body: MoveIn, tx: InTx, caller: Publishing) -> MovedOut:
    """Put everybody on one version onto another, step by step of the same id."""
    done = await actions.move(tx, caller, journey_id, body.from_version, body.to_version, clock.now())
    return MovedOut(moved=done.runs)


class KitOut(BaseModel):
    name: str
    title: Both
    about: Both
    graph: dict[str, Any]


class KitsOut(Page):
    items: list[KitOut]


@router.get("/journey-kits")
async def kits(caller: Reading) -> KitsOut:
    """Ready SOPs."""
    items = [
        KitOut(name=kit.name, title=Both(**kit.title), about=Both(**kit.about), graph=dict(kit.graph))
        for kit in KITS.values()
    ]
    return KitsOut(items=items, total=len(items))


class KitIn(BaseModel):
    name: Name | None = None
    audience: str | None = Field(None, max_length=NAME_CHARS_MAX)


@router.post("/journey-kits/{kit}", status_code=201)
async def draw_kit(kit: str, body: KitIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """Draw a ready SOP: its templates and a draft to look over before publishing."""
    journey = await actions.draw_kit(tx, caller, kit, body.name, body.audience, clock.now())
    return await _detail(tx, journey)
