"""What a step stands on while it is applied to sets of runs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from siyu.facts.lake.connection import Lake
from siyu.journeys.graph.structure import Answers, Run, Step
from siyu.kit.db import Tx


@dataclass(frozen=True)
class StepContext:
    """The tick's transaction, the lake, and which journey of which brand is being moved."""

    tx: Tx
    lake: Lake
    workspace_id: int
    zone: str
    journey_id: int
    journey: str
    now: datetime


@dataclass(frozen=True)
class RunGroup:
    """Runs of one version that stand at one step."""

    version: int
    step: Step
    runs: Sequence[Run]
    in_loop: bool


Apply = Callable[[StepContext, Sequence[RunGroup]], Awaitable[list[Answers]]]
"""Do what touches other rooms for all groups at once; the answer a group, for `decide`."""
