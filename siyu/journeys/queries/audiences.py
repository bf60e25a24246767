"""The saved audiences that journeys name."""

from sqlalchemy import select, text

from siyu.audience import queries as audience
from siyu.audience.language.check import check_tree
from siyu.audience.language.tree import references
from siyu.journeys.graph.structure import draft_trigger, parse_graph, trees_of
from siyu.journeys.models import Journey, JourneyVersion
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid

AUDIENCE_USER = "journey"
"""What the audience room calls those who use an audience here."""


async def audiences_named(tx: Tx, journey: Journey) -> set[str]:
    """The saved audiences that triggers, branches and exits of a journey's versions name, as far as there are such."""
    schema = await audience.schema(tx, journey.workspace_id)
    named: set[str] = set()
    for graph in await tx.scalars(select(JourneyVersion.graph).where(JourneyVersion.journey_id == journey.id)):
        parsed = parse_graph(graph, journey.id)
        named.add(parsed.trigger.audience_named() or "")
        for tree in trees_of(parsed):
            try:
                named |= set(references(check_tree(tree, schema)))
            except Invalid:
                continue
    return named & schema.audiences.keys()


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
