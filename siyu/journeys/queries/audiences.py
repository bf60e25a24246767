"""The saved audience that publishing a journey lets in."""

from sqlalchemy import text

from siyu.journeys.graph.structure import draft_trigger
from siyu.journeys.models import Journey
from siyu.kit.db import Tx

_SIZE = text("""
    SELECT count(*) FROM audience_member m JOIN audience a ON a.id = m.audience_id
    WHERE a.workspace_id = :workspace_id AND a.name = :audience
""")


async def publish_reach(tx: Tx, journey: Journey) -> int | None:
    """How many are in the audience that would be let in at once by publishing the draft; None when none would."""
    trigger = draft_trigger(journey.draft)
    audience_name = trigger.admitted_at_once() if trigger else None
    if audience_name is None:
        return None
    params = {"workspace_id": journey.workspace_id, "audience": audience_name}
    return int((await tx.execute(_SIZE, params)).scalar_one())
