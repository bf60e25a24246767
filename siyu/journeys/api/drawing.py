"""Routes that draw, check and publish journeys, and the ready SOPs."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.journeys import actions, queries
from siyu.journeys.api.shapes import (
    JourneyDetail,
    JourneyOut,
    JourneysOut,
    JourneyWords,
    Name,
    Publishing,
    Reading,
    Writing,
    detail_of,
    line_of,
)
from siyu.journeys.rules import check
from siyu.journeys.rules.kits import KITS
from siyu.journeys.steps import STEPS
from siyu.kit import clock
from siyu.kit.http import DEFAULT_LIMIT, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX

router = APIRouter()


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
    return JourneysOut(items=[JourneyOut(**line_of(line)) for line in lines], total=total, next=following)


class DrawIn(BaseModel):
    name: Name
    draft: dict[str, Any] | None = None


@router.post("/journeys", status_code=201)
async def draw(body: DrawIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """A new journey, as a draft."""
    return await detail_of(tx, await actions.draw(tx, caller, body.name, body.draft, clock.now()))


@router.get("/journeys/{journey_id}")
async def get_journey(journey_id: int, tx: InTx, caller: Reading) -> JourneyDetail:
    """One journey with its draft."""
    return await detail_of(tx, await queries.journey(tx, caller.workspace_id, journey_id))


class RedrawIn(BaseModel):
    name: Name | None = None
    draft: dict[str, Any] | None = None


@router.put("/journeys/{journey_id}")
async def redraw(journey_id: int, body: RedrawIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """Save name and draft; what is published stays as it is."""
    journey = await actions.redraw(tx, caller, journey_id, body.name, body.draft, clock.now())
    return await detail_of(tx, journey)


@router.delete("/journeys/{journey_id}", status_code=204)
async def discard(journey_id: int, tx: InTx, caller: Writing) -> None:
    """Throw away a journey that nobody entered."""
    await actions.discard(tx, caller, journey_id, clock.now())


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
async def check_draft(journey_id: int, tx: InTx, caller: Reading) -> JourneyCheckOut:
    """What is wrong with the draft, and whom publishing it would touch at once."""
    journey = await queries.journey(tx, caller.workspace_id, journey_id)
    faults = check(journey.draft, STEPS, await queries.known(tx, caller.workspace_id))
    errors = [JourneyFaultOut(path=f.path, reason=f.reason, reason_zh=f.reason_zh, expected=f.expected) for f in faults]
    return JourneyCheckOut(errors=errors, touched=await queries.touched(tx, journey))


@router.post("/journeys/{journey_id}/publish")
async def publish(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Freeze the draft as a version and let members in."""
    known = await queries.known(tx, caller.workspace_id)
    return await detail_of(tx, await actions.publish(tx, caller, journey_id, known, clock.now()))


@router.post("/journeys/{journey_id}/pause")
async def pause(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Nobody enters and nobody moves until it is resumed."""
    return await detail_of(tx, await actions.pause(tx, caller, journey_id, clock.now()))


@router.post("/journeys/{journey_id}/resume")
async def resume(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """Go on after a pause."""
    return await detail_of(tx, await actions.resume(tx, caller, journey_id, clock.now()))


@router.post("/journeys/{journey_id}/end")
async def end(journey_id: int, tx: InTx, caller: Publishing) -> JourneyDetail:
    """End it for good; everybody leaves."""
    return await detail_of(tx, await actions.end(tx, caller, journey_id, clock.now()))


class KitOut(BaseModel):
    name: str
    title: JourneyWords
    about: JourneyWords
    graph: dict[str, Any]


class KitsOut(Page):
    items: list[KitOut]


@router.get("/journey-kits")
async def kits(caller: Reading) -> KitsOut:
    """Ready SOPs."""
    items = [
        KitOut(name=kit.name, title=JourneyWords(**kit.title), about=JourneyWords(**kit.about), graph=dict(kit.graph))
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
    return await detail_of(tx, journey)
