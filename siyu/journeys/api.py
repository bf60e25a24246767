"""Routes that create, check and publish journeys; with those of its folders they are the routes of the room."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.journeys.access import Publishing, Reading, Writing
from siyu.journeys.actions import authoring
from siyu.journeys.dry_run import api as dry_run
from siyu.journeys.enrolments import api as enrolments
from siyu.journeys.graph import api as graph
from siyu.journeys.graph.check import check
from siyu.journeys.queries import audiences, counts, search
from siyu.journeys.responses import JourneyDetail, JourneyOut, JourneysOut, Name, detail_of, line_of
from siyu.journeys.steps import queries as references
from siyu.journeys.templates import api as templates
from siyu.kit import clock
from siyu.kit.http import DEFAULT_LIMIT, Body, Id, InTx, Limit, Number, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX

router = APIRouter(prefix="/api/v1", tags=["journeys"])
router.include_router(graph.router)
router.include_router(enrolments.router)
router.include_router(dry_run.router)
router.include_router(templates.router)


@router.get("/journeys")
async def list_journeys(
    tx: InTx,
    caller: Reading,
    search: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = "",
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> JourneysOut:
    """All journeys, the last changed first."""
    start = read_cursor(cursor, int)
    offset = start[0] if start else 0
    lines, total = await counts.lines(tx, caller.workspace_id, search, offset, limit)
    following = cursor_of(offset + limit) if offset + limit < total else None
    return JourneysOut(items=[JourneyOut(**line_of(line)) for line in lines], total=total, next=following)


class CreateJourneyIn(Body):
    name: Name
    draft: dict[str, Any] | None = None


@router.post("/journeys", status_code=201)
async def create(body: CreateJourneyIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """A new journey, as a draft."""
    return await detail_of(tx, await authoring.create(tx, caller, body.name, body.draft, clock.now()))


@router.get("/journeys/{journey_id}")
async def get_journey(journey_id: Id, tx: InTx, caller: Reading) -> JourneyDetail:
    """One journey with its draft."""
    return await detail_of(tx, await search.journey(tx, caller.workspace_id, journey_id))


class UpdateJourneyIn(Body):
    name: Name | None = None
    draft: dict[str, Any] | None = None


@router.put("/journeys/{journey_id}")
async def update(journey_id: Id, body: UpdateJourneyIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """Save name and draft; what is published stays as it is."""
    journey = await authoring.update(tx, caller, journey_id, body.name, body.draft, clock.now())
    return await detail_of(tx, journey)


@router.delete("/journeys/{journey_id}", status_code=204)
async def discard(journey_id: Id, tx: InTx, caller: Writing) -> None:
    """Throw away a journey that nobody entered."""
    await authoring.discard(tx, caller, journey_id, clock.now())


class JourneyFaultOut(BaseModel):
    path: str
    reason: str
    reason_zh: str
    expected: str | None


class JourneyCheckOut(BaseModel):
    errors: list[JourneyFaultOut]
    touched: int | None
    """Members who would enter at once if it were published now; null when nobody would."""


@router.post("/journeys/{journey_id}/check")
async def check_draft(journey_id: Id, tx: InTx, caller: Reading) -> JourneyCheckOut:
    """What is wrong with the draft, and whom publishing it would touch at once."""
    journey = await search.journey(tx, caller.workspace_id, journey_id)
    faults = check(journey.draft, await references.load(tx, caller.workspace_id))
    errors = [JourneyFaultOut(path=f.path, reason=f.reason, reason_zh=f.reason_zh, expected=f.expected) for f in faults]
    return JourneyCheckOut(errors=errors, touched=await audiences.publish_reach(tx, journey))


class PublishIn(Body):
    expected: Number | None = None
    """How many enter at once, as the check said (`touched`); refused when it is another number by now."""


@router.post("/journeys/{journey_id}/publish")
async def publish(journey_id: Id, tx: InTx, caller: Publishing, body: PublishIn | None = None) -> JourneyDetail:
    """Freeze the draft as a version and let members in."""
    existing = await references.load(tx, caller.workspace_id)
    expected = body.expected if body else None
    return await detail_of(tx, await authoring.publish(tx, caller, journey_id, existing, clock.now(), expected))


@router.post("/journeys/{journey_id}/pause")
async def pause(journey_id: Id, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Nobody enters, nobody moves and nothing it planned goes out until it is resumed: `messages.held` says how many wait."""
    return await detail_of(tx, await authoring.pause(tx, caller, journey_id, clock.now()))


class WaitingIn(Body):
    """What becomes of the messages that it planned and that have not gone out yet."""

    messages: authoring.WaitingMessages
    expected: Number | None = None
    """How many wait, as the journey said (queued and held); refused when it is another number by now."""


@router.post("/journeys/{journey_id}/resume")
async def resume(journey_id: Id, body: WaitingIn, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Go on after a pause; the messages that were held go out, or are cancelled."""
    return await detail_of(
        tx, await authoring.resume(tx, caller, journey_id, body.messages, clock.now(), body.expected)
    )


@router.post("/journeys/{journey_id}/end")
async def end(journey_id: Id, body: WaitingIn, tx: InTx, caller: Publishing) -> JourneyDetail:
    """End it for good; everybody leaves. What it planned and waits is cancelled, or still goes out."""
    return await detail_of(tx, await authoring.end(tx, caller, journey_id, body.messages, clock.now(), body.expected))


class MoveIn(Body):
    from_version: Id
    to_version: Id


class MovedOut(BaseModel):
    moved: int


@router.post("/journeys/{journey_id}/move")
async def move(journey_id: Id, body: MoveIn, tx: InTx, caller: Publishing) -> MovedOut:
    """Put everybody on one version onto another, step by step of the same id."""
    done = await authoring.move(tx, caller, journey_id, body.from_version, body.to_version, clock.now())
    return MovedOut(moved=done.runs)
