"""What a kind of step is: its settings, its words, and all that the journey asks of it."""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

from siyu.audience import queries as audience
from siyu.facts.lake.connection import Lake
from siyu.journeys.steps.fact_test import FactTest
from siyu.journeys.steps.names import Names
from siyu.journeys.steps.rehearsal import DryAnswer, MessageSettings, Rehearsal
from siyu.kit.config import Config
from siyu.kit.db import Tx
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText, same

KEY_CHARS_MAX = 40
LEFT = "@"
"""Leaves of the whole journey are counted under `@why`, so no exit of a step may begin with it."""
DONE = "done"
JOURNEY_SOURCE = re.compile(r"journey:([1-9][0-9]{0,8})")
"""What `source_of` says; a source may be free text too, and an id has no more digits than the database takes."""


@dataclass(frozen=True)
class References:
    """What the other rooms have: live templates by name and by id (with their channel), audiences, tags (with the exclusive
    group of those that have one), channels, and a check of a tree."""

    templates: Mapping[str, str] = field(default_factory=dict)
    audiences: frozenset[str] = frozenset()
    tags: Mapping[str, int | None] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()
    tree: Callable[[Any], list[Fault]] = field(default=lambda _tree: [])


@dataclass(frozen=True)
class Exit:
    """A way on from a step; `passed` is what happens to a member that takes it."""

    key: str
    label: LocalizedText
    passed: LocalizedText


@dataclass(slots=True)
class Run:
    """One member's way through, where it stands now. `zone` is the member's own, or the brand's.

    `happened_at` is when the fact it waits for happened; `loop_counts` how often it has left the steps of a loop.
    """

    id: int
    member_id: int
    entry: int
    version: int
    node: str
    entered_at: datetime
    arrived_at: datetime
    zone: str
    happened_at: datetime | None = None
    loop_counts: dict[str, int] | None = None

    def count_loop(self) -> None:
        """It leaves a step of a loop once more."""
        counts = self.loop_counts or {}
        self.loop_counts = counts | {self.node: counts.get(self.node, 0) + 1}


@dataclass(slots=True)
class StepOutcome:
    """A set of runs divided: who left by which exit, who stays and until when, whose way ends here and why."""

    left: dict[str, list[Run]] = field(default_factory=dict)
    staying: list[tuple[Run, datetime]] = field(default_factory=list)
    ended: list[Run] = field(default_factory=list)
    why: str = ""


Answers = Mapping[str, AbstractSet[int]]
"""What was asked of other rooms, by exit: the ids of the runs for which it holds."""


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

    @property
    def source(self) -> str:
        """What messages and tags say they come from."""
        return source_of(self.journey_id)

    async def members_in(self, tree: Any, runs: Sequence[Run]) -> set[int]:
        """Which members of `runs` are in the tree now."""
        ids = sorted({run.member_id for run in runs})
        if not ids:
            return set()
        return await audience.among(self.tx, self.lake, self.workspace_id, tree, ids, self.now)


def source_of(journey_id: int) -> str:
    """What messages and tags of a journey say they come from."""
    return f"journey:{journey_id}"


def journey_of(source: str) -> int | None:
    """The journey that a source names; None when it names none."""
    match = JOURNEY_SOURCE.fullmatch(source)
    return int(match[1]) if match else None


class StepKind(Config):
    """The settings of a step of one kind, and what that kind does with sets of runs.

    `start` are the settings of a new step; `fixed_exits` the ways on that every step of the kind has, `exits_from` the list
    among its settings that adds one for each entry. Ways on that lead to the same step are drawn as one line if the kind `joins_exits`. A run never passes a step that `pauses` at the moment it arrives. What a
    run did in this batch is in the lake only after the batch, so a step that `needs_fresh_lake` waits for the next one.
    """

    kind: ClassVar[str]
    label: ClassVar[LocalizedText]
    help: ClassVar[LocalizedText]
    icon: ClassVar[str]
    start: ClassVar[Mapping[str, Any]] = {}
    fixed_exits: ClassVar[tuple[Exit, ...]] = ()
    exits_from: ClassVar[str | None] = None
    joins_exits: ClassVar[bool] = False
    pauses: ClassVar[bool] = False
    needs_fresh_lake: ClassVar[bool] = False

    def exits(self) -> tuple[Exit, ...]:
        """The ways on, in the order in which they are drawn; none where the journey ends."""
        return self.fixed_exits

    def summary(self, _names: Names) -> LocalizedText:
        """What exactly it does, in one short line under its label; settings of a draft may be incomplete."""
        return same("")

    def check(self, _path: str, _references: References) -> list[Fault]:
        """What is wrong with settings that the parser took, in itself or because the brand lacks what they name."""
        return []

    @abstractmethod
    def decide(self, salt: str, runs: Sequence[Run], answers: Answers, now: datetime) -> StepOutcome:
        """Divide the runs that stand here. `salt` is the step's own in the whole installation."""

    @classmethod
    async def apply(cls, _context: StepContext, groups: "Sequence[RunGroup[Self]]") -> Sequence[Answers]:
        """Do what touches other rooms for all groups at once; the answer a group, for `decide`."""
        return [{} for _ in groups]

    def holdout_exits(self) -> frozenset[str]:
        """The ways on of those who are left alone, to measure the others by."""
        return frozenset()

    def awaits(self) -> FactTest | None:
        """The fact that wakes a run which stands here."""
        return None

    def trees(self) -> Sequence[Any]:
        """The audience trees it asks about."""
        return ()

    def message(self) -> MessageSettings | None:
        """The message it sends."""
        return None

    def rehearse(self, _run: Run, _rehearsal: Rehearsal) -> DryAnswer:
        """What `apply` would answer about one run, in a dry run."""
        return DryAnswer()


K = TypeVar("K", bound=StepKind)


@dataclass(frozen=True)
class Step(Generic[K]):
    """One node: its settings, and where each exit leads."""

    id: str
    settings: K
    next: Mapping[str, str]
    salt: str

    def decide(self, runs: Sequence[Run], answers: Answers, now: datetime) -> StepOutcome:
        """Divide the runs that stand here."""
        return self.settings.decide(self.salt, runs, answers, now)


@dataclass(frozen=True)
class RunGroup(Generic[K]):
    """Runs of one version that stand at one step."""

    version: int
    step: Step[K]
    runs: Sequence[Run]
    in_loop: bool


def key_is_right(key: str) -> bool:
    """A key of an exit: short, not empty, not one of ours."""
    return 0 < len(key) <= KEY_CHARS_MAX and not key.startswith(LEFT)


def ends(kind: type[StepKind]) -> bool:
    """Whether the journey ends at a step of this kind."""
    return not kind.fixed_exits and kind.exits_from is None


def says_nothing(tree: Any) -> bool:
    """Whether a tree of conditions has none: it would be true of everybody, which nobody means."""
    return not tree or tree in ({"all": []}, {"any": []})
