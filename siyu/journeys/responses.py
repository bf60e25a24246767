"""What the routes of journeys take and give alike."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from siyu.channels.messages import queries as messages
from siyu.journeys.graph.references import GraphNames
from siyu.journeys.models import Journey
from siyu.journeys.queries import counts
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.step import source_of
from siyu.kit import clock
from siyu.kit.http import InTx, Page
from siyu.kit.limits import NAME_CHARS_MAX

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
State = Literal["draft", "live", "paused", "ended"]


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
    awaiting: int
    """Past the last step, their last message not gone out yet."""
    goals: int | None
    """Null: there is no goal."""
    goal_fen: int | None


class WaitingOut(BaseModel):
    """Messages it planned that have not gone out: queued, on hold while it is paused, in calls being made at this moment;
    `expired`: of the first two those that have waited too long and will not be sent."""

    queued: int
    held: int
    sending: int
    expired: int


class JourneyDetail(JourneyOut):
    draft: dict[str, Any]
    messages: WaitingOut


class JourneysOut(Page):
    items: list[JourneyOut]


def line_of(line: counts.JourneyLine) -> dict[str, Any]:
    """A journey of the list as it is answered."""
    fields = ("id", "name", "state", "version", "created_by", "created_at", "changed_at")
    return {name: getattr(line.journey, name) for name in fields} | {
        "active": line.active,
        "entered": line.entered,
        "finished": line.finished,
        "awaiting": line.awaiting,
        "goals": line.goals,
        "goal_fen": line.goal_fen,
    }


async def detail_of(tx: InTx, journey: Journey) -> JourneyDetail:
    """The journey with its numbers and its draft."""
    [line] = await counts.with_numbers(tx, [journey])
    waiting = await messages.waiting(tx, journey.workspace_id, source_of(journey.id), clock.now())
    draft = GraphNames(*await references.named_things(tx, journey.workspace_id)).shown(journey.draft)
    return JourneyDetail(**line_of(line), draft=draft, messages=WaitingOut(**vars(waiting)))
