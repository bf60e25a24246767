"""What a step stands on while it is applied to sets of runs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from siyu.facts.lake.connection import Lake
from siyu.journeys.rules.graph import Holds, Run, Step
from siyu.kit.db import Tx


@dataclass(frozen=True)
class Ground:
    """The tick's transaction, the lake, and which journey of which brand is being moved."""

    tx: Tx
    lake: Lake
    workspace_id: int
    zone: str
    journey_id: int
    journey: str
    now: datetime


@dataclass(frozen=True)
class Group:
    """Runs of one version that stand at one step."""

    version: int
    step: Step
    runs: Sequence[Run]
    looped: bool


Apply = Callable[[Ground, Sequence[Group]], Awaitable[list[Holds]]]
"""Do what touches other rooms for all groups at once; the answer a group, for `decide`."""
