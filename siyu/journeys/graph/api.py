"""The route that says what a journey can be made of."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from siyu.journeys.access import Reading
from siyu.journeys.graph.describe import describe
from siyu.journeys.graph.entry import REENTRIES, TRIGGERS
from siyu.journeys.graph.exits import ExitRule, Goal
from siyu.journeys.graph.references import GraphNames
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.catalogue import STEPS
from siyu.journeys.steps.step import StepKind
from siyu.kit.config import SettingSchema, schema_of
from siyu.kit.http import Body, InTx
from siyu.kit.text import LocalizedText

router = APIRouter()


class ExitOut(BaseModel):
    key: str
    label: LocalizedText


class StepKindOut(BaseModel):
    kind: str
    label: LocalizedText
    help: LocalizedText
    icon: str
    settings: SettingSchema
    start: dict[str, Any]
    """The settings of a new step."""
    exits: list[ExitOut]
    """The ways on that every step of the kind has."""
    exits_from: str | None
    """The list among its settings that adds a way on for each entry, by its `key` and `label`, before the others."""
    joins_exits: bool
    """Ways on that lead to the same step are drawn as one line."""
    pauses: bool
    """A loop needs a step that does."""


class EntryKindOut(BaseModel):
    kind: str
    label: LocalizedText
    help: LocalizedText | None
    settings: SettingSchema
    start: dict[str, Any]


class JourneyRuleOut(BaseModel):
    settings: SettingSchema
    start: dict[str, Any]


class JourneyStepsOut(BaseModel):
    steps: list[StepKindOut]
    triggers: list[EntryKindOut]
    reentries: list[EntryKindOut]
    goal: JourneyRuleOut
    exit: JourneyRuleOut


@router.get("/journey-steps", response_model_exclude_none=True)
async def journey_steps(_caller: Reading) -> JourneyStepsOut:
    """The kinds of steps, triggers and re-entry, the goal and the exits, each with the schema of its settings."""
    return CATALOGUE


def _step(kind: type[StepKind]) -> StepKindOut:
    return StepKindOut(
        kind=kind.kind,
        label=kind.label,
        help=kind.help,
        icon=kind.icon,
        settings=schema_of(kind),
        start=dict(kind.start),
        exits=[ExitOut(key=exit.key, label=exit.label) for exit in kind.fixed_exits],
        exits_from=kind.exits_from,
        joins_exits=kind.joins_exits,
        pauses=kind.pauses,
    )


class StepTextOut(BaseModel):
    title: LocalizedText
    line: LocalizedText
    exits: dict[str, LocalizedText]


class GraphTextOut(BaseModel):
    trigger: LocalizedText
    steps: dict[str, StepTextOut]
    goal: LocalizedText | None
    exits: list[LocalizedText]


class DescribeGraphIn(Body):
    graph: dict[str, Any]


@router.post("/journey-steps/describe")
async def describe_graph(body: DescribeGraphIn, tx: InTx, caller: Reading) -> GraphTextOut:
    """What a graph says, a draft that is incomplete too: its trigger, each step in a line, the names of the ways on."""
    graph = GraphNames(*await references.named_things(tx, caller.workspace_id)).kept(body.graph)
    text = describe(graph, await references.names(tx, caller.workspace_id))
    return GraphTextOut.model_validate(text, from_attributes=True)


CATALOGUE = JourneyStepsOut(
    steps=[_step(kind) for kind in STEPS.values()],
    triggers=[
        EntryKindOut(kind=k.kind, label=k.label, help=k.help, settings=schema_of(k), start=dict(k.start))
        for k in TRIGGERS.values()
    ],
    reentries=[
        EntryKindOut(kind=k.kind, label=k.label, help=None, settings=schema_of(k), start=dict(k.start))
        for k in REENTRIES.values()
    ],
    goal=JourneyRuleOut(settings=schema_of(Goal), start=dict(Goal.start)),
    exit=JourneyRuleOut(settings=schema_of(ExitRule), start=dict(ExitRule.start)),
)
