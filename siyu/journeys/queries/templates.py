"""The templates that journeys send by."""

from sqlalchemy import select

from siyu.journeys.graph.structure import parse_graph
from siyu.journeys.models import Journey, JourneyVersion
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.send import SendStep
from siyu.kit.db import Tx


async def template_ids(tx: Tx, journey: Journey) -> set[int]:
    """The templates that the send steps of a journey's versions name."""
    graphs = (await tx.scalars(select(JourneyVersion.graph).where(JourneyVersion.journey_id == journey.id))).all()
    steps = [step.settings for graph in graphs for step in parse_graph(graph, journey.id).steps.values()]
    named = {settings.template for settings in steps if isinstance(settings, SendStep)}
    return set((await references.template_ids(tx, journey.workspace_id, named)).values())
