"""Routes of journeys under way: versions, counts, who is in them, who enters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.contacts.hosts.access import allow_member
from siyu.contacts.hosts.queries import check_served
from siyu.contacts.members.queries import check_here
from siyu.facts.http import InLake
from siyu.journeys.access import Publishing, Reading
from siyu.journeys.enrolments.actions import enrolment
from siyu.journeys.graph.compare import Called, Side, differences
from siyu.journeys.graph.references import GraphNames
from siyu.journeys.models import Journey, JourneyVersion
from siyu.journeys.queries import counts, search
from siyu.journeys.queries.counts import RunLine
from siyu.journeys.queries.open_triggers import AUDIENCE_ENTERED, listening
from siyu.journeys.states import exit_text, merge_text
from siyu.journeys.steps import queries as references
from siyu.kit import clock
from siyu.kit.errors import Fault, Invalid, check_expected
from siyu.kit.http import DEFAULT_LIMIT, BigId, Body, Id, InTx, Limit, Number, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.personal_data import PersonalName, PersonalText
from siyu.kit.text import LocalizedText
from siyu.platform.queries import Caller

router = APIRouter()


class JourneyVersionOut(BaseModel):
    """A published graph, with what became of those who entered on it. `goals`: null where it has no goal."""

    version: int
    graph: dict[str, Any]
    published_by: str
    published_at: datetime
    active: int
    entered: int
    finished: int
    awaiting: int
    exited: int
    goals: int | None
    goal_fen: int | None


class JourneyVersionsOut(Page):
    items: list[JourneyVersionOut]


@router.get("/journeys/{journey_id}/versions")
async def versions(journey_id: Id, tx: InTx, caller: Reading) -> JourneyVersionsOut:
    """What was published, newest first, and how many are on each now."""
    await search.journey(tx, caller.workspace_id, journey_id)
    known = GraphNames(*await references.named_things(tx, caller.workspace_id))
    figures = await counts.by_version(tx, caller.workspace_id, journey_id)
    items = [
        _version(v, known.shown(v.graph), active, figures.get(v.version, {}))
        for v, active in await search.versions(tx, journey_id)
    ]
    return JourneyVersionsOut(items=items, total=len(items))


def _version(
    row: JourneyVersion, graph: dict[str, Any], active: int, figures: Mapping[str, int | None]
) -> JourneyVersionOut:
    aims = bool(row.graph.get("goal"))
    return JourneyVersionOut(
        version=row.version,
        graph=graph,
        published_by=row.published_by,
        published_at=row.published_at,
        active=active,
        entered=figures.get("entered") or 0,
        finished=figures.get("finished") or 0,
        awaiting=figures.get("awaiting") or 0,
        exited=figures.get("exited") or 0,
        goals=figures.get("goals") or 0 if aims else None,
        goal_fen=figures.get("goal_fen") if aims else None,
    )


class DifferenceOut(BaseModel):
    """One setting that differs; `node` is the step it belongs to."""

    place: LocalizedText
    what: LocalizedText
    before: LocalizedText
    after: LocalizedText
    node: str | None


class ComparisonOut(BaseModel):
    items: list[DifferenceOut]


@router.get("/journeys/{journey_id}/compare")
async def compare(journey_id: Id, tx: InTx, caller: Reading, left: Id = 0, right: Id = 0) -> ComparisonOut:
    """Every difference from one version to another (0: the draft): trigger, goal, re-entry, exits, steps, and what the
    templates said when each was published."""
    journey = await search.journey(tx, caller.workspace_id, journey_id)
    schema, named_templates = await references.named_things(tx, caller.workspace_id)
    known = GraphNames(schema, named_templates)
    before, after = [await _side(tx, known, journey, version) for version in (left, right)]
    called = Called(schema, await references.names(tx, caller.workspace_id))
    return ComparisonOut(items=[DifferenceOut(**vars(each)) for each in differences(before, after, called)])


async def _side(tx: InTx, known: GraphNames, journey: Journey, version: int) -> Side:
    row = await search.version(tx, journey.id, version) if version else None
    graph = known.shown(row.graph if row else journey.draft)
    texts = await references.template_texts(tx, journey.workspace_id, graph, row.published_at if row else None)
    return Side(graph, texts)


class StepMessagesOut(BaseModel):
    queued: int = 0
    held: int = 0
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
    messages: StepMessagesOut | None


class CountsOut(BaseModel):
    version: int | None
    nodes: dict[str, StepCountsOut]
    entered: int
    active: int
    finished: int
    awaiting: int
    """Past the last step, their last message not gone out yet."""
    exited: int
    goals: int | None
    """Null: the version has no goal."""
    goal_fen: int | None


@router.get("/journeys/{journey_id}/counts")
async def journey_counts(journey_id: Id, tx: InTx, caller: Reading, version: Id | None = None) -> CountsOut:
    """The live counts of a version (the current one unless said otherwise), step by step."""
    journey = await search.journey(tx, caller.workspace_id, journey_id)
    version = version or journey.version
    if version is None:
        return CountsOut(
            version=None, nodes={}, entered=0, active=0, finished=0, awaiting=0, exited=0, goals=None, goal_fen=None
        )
    messages = await counts.messages(tx, caller.workspace_id, journey_id, version)
    nodes = {
        node: StepCountsOut(
            waiting=numbers.waiting,
            passed=numbers.passed,
            left=sum(numbers.left.values()),
            exits=numbers.exits,
            left_why=numbers.left,
            messages=_messages(messages[node]) if node in messages else None,
        )
        for node, numbers in (await counts.step_counts(tx, journey_id, version)).items()
    }
    figures = await counts.totals(tx, caller.workspace_id, journey_id, version)
    return CountsOut.model_validate({"version": version, "nodes": nodes, **figures})


def _messages(lines: list[tuple[str, str | None, int]]) -> StepMessagesOut:
    out = StepMessagesOut(withheld={reason or "": number for state, reason, number in lines if state == "withheld"})
    for state, _reason, number in lines:
        if state != "withheld":
            setattr(out, state, getattr(out, state) + number)
    return out


class EnrolIn(Body):
    member_ids: list[BigId] | None = Field(None, max_length=enrolment.ENROL_MEMBERS_MAX)
    audience: str | None = Field(None, max_length=NAME_CHARS_MAX)
    expected: Number | None = None
    """How many enter, as the preview said (`entering`); refused when it is another number by now."""

    def checked(self) -> Self:
        """Members or an audience, one of them; raises Invalid."""
        if self.audience is not None and self.member_ids is not None:
            raise Invalid(errors=[Fault("audience", "members or an audience, not both", "客户和人群只能选一样")])
        if not self.audience and not self.member_ids:
            raise Invalid(errors=[Fault("member_ids", "choose members or an audience", "请选择客户或人群")])
        return self


class EnrolledOut(BaseModel):
    entered: int
    coming: bool
    """An audience is on its way in, batch by batch."""


class EnrolPreviewOut(BaseModel):
    """`named`: members chosen; `entering`: of them, those the re-entry rule lets in now; `restarting`: of these, those who
    would leave a run they are in; `reachable`: of the named, those who can receive a message on some channel."""

    named: int
    entering: int
    restarting: int
    reachable: int


@router.post("/journeys/{journey_id}/enrol-preview")
async def enrol_preview(journey_id: Id, body: EnrolIn, tx: InTx, lake: InLake, caller: Publishing) -> EnrolPreviewOut:
    """How many would enter if they were let in now; nobody is."""
    chosen = body.checked()
    members, now = chosen.member_ids or [], clock.now()
    preview = await enrolment.preview(tx, lake, caller, journey_id, members, chosen.audience, now)
    return EnrolPreviewOut(**vars(preview))


@router.post("/journeys/{journey_id}/enrol")
async def enrol(journey_id: Id, body: EnrolIn, tx: InTx, lake: InLake, caller: Publishing) -> EnrolledOut:
    """Let members in by hand: some by id, or a whole saved audience."""
    chosen, now = body.checked(), clock.now()
    if chosen.audience is None:
        done = await enrolment.enrol(tx, caller, journey_id, chosen.member_ids or [], now)
        check_expected(chosen.expected, done.entered)
        return EnrolledOut(entered=done.entered, coming=done.coming)
    if chosen.expected is not None:
        preview = await enrolment.preview(tx, lake, caller, journey_id, [], chosen.audience, now)
        check_expected(chosen.expected, preview.entering)
    done = await enrolment.enrol_audience(tx, caller, journey_id, chosen.audience, now)
    return EnrolledOut(entered=done.entered, coming=done.coming)


class MergedRunOut(BaseModel):
    """A journey that the other member is in: `goes_on` as the member's own, or ends because the member is in it already."""

    journey_id: int
    name: str
    goes_on: bool


class MergeRunsOut(BaseModel):
    """What merging another member into this one does to journeys. `listening`: live journeys that members enter by coming into
    an audience: what the two have together may bring the member into one."""

    runs: list[MergedRunOut]
    listening: list[str]
    text: LocalizedText


@router.get("/members/{member_id}/merge-journeys")
async def merge_journeys(
    member_id: BigId, other_id: BigId, tx: InTx, caller: Annotated[Caller, allow_member("members.merge")]
) -> MergeRunsOut:
    """Which journeys merging `other_id` into the member touches; nothing is written."""
    await check_served(tx, caller, [other_id])
    for each in (member_id, other_id):
        await check_here(tx, caller.workspace_id, each)
    runs = await counts.runs_after_merge(tx, caller.workspace_id, member_id, other_id)
    names = [journey.name for journey in await listening(tx, caller.workspace_id, [AUDIENCE_ENTERED])]
    return MergeRunsOut(
        runs=[MergedRunOut(**vars(run)) for run in runs],
        listening=names,
        text=merge_text(
            [run.name for run in runs if run.goes_on], [run.name for run in runs if not run.goes_on], names
        ),
    )


class RunOut(BaseModel):
    id: int
    member_id: int
    member_name: PersonalName | None
    version: int
    entry: int
    key: PersonalText
    state: str
    node: str
    entered_at: datetime
    arrived_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    ended_why: str | None
    ended_text: LocalizedText | None
    """Why it ended, as people read it."""


class RunsOut(Page):
    items: list[RunOut]


@router.get("/journeys/{journey_id}/enrolments")
async def list_enrolments(
    journey_id: Id,
    tx: InTx,
    caller: Reading,
    node: str | None = None,
    state: Literal["active", "awaiting", "finished", "exited", ""] = "",
    version: Id | None = None,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> RunsOut:
    """Who is in the journey, or was, the last entered first."""
    await search.journey(tx, caller.workspace_id, journey_id)
    start = read_cursor(cursor, int)
    lines, total = await counts.runs(
        tx, caller.workspace_id, journey_id, node or None, state or None, version, start[0] if start else None, limit
    )
    items = [_run(line) for line in lines]
    return RunsOut(items=items, total=total, next=cursor_of(lines[-1].id) if len(lines) == limit else None)


def _run(line: RunLine) -> RunOut:
    texts = {"ended_text": exit_text(line.ended_why) if line.ended_why is not None else None}
    return RunOut(**vars(line) | {"due_at": line.due_at if line.state == "active" else None} | texts)
