"""Live journeys that what is about to be recorded would let members into."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from siyu.journeys.graph.structure import parse_trigger
from siyu.journeys.models import Journey, JourneyTrigger
from siyu.kit.db import Tx

AUDIENCE_ENTERED = "audience_entered"


@dataclass(frozen=True)
class Listening:
    """A live journey that listens for `fact`, recorded at most `late_by` after it happened."""

    journey_id: int
    name: str
    fact: str
    late_by: timedelta


async def listening(tx: Tx, workspace_id: int, facts: Collection[str]) -> list[Listening]:
    """The live journeys of a brand that listen for one of `facts`, by name."""
    rows = await tx.execute(
        select(JourneyTrigger, Journey.name)
        .join(Journey, Journey.id == JourneyTrigger.journey_id)
        .where(Journey.workspace_id == workspace_id, Journey.state == "live", JourneyTrigger.fact.in_(facts))
        .order_by(Journey.name)
    )
    return [
        Listening(
            row.JourneyTrigger.journey_id,
            row.name,
            row.JourneyTrigger.fact or "",
            parse_trigger(row.JourneyTrigger.config).late_by(),
        )
        for row in rows
    ]
