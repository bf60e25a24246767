"""What ends a run early: the goal, and the conditions on which a member leaves."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from siyu.journeys.steps.fact_test import FactTest
from siyu.journeys.steps.step import References, says_nothing
from siyu.journeys.steps.wait import SECONDS_MAX
from siyu.kit.config import Mode, Setting, nested
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText

EXITS_MAX = 20
GOAL_AFTER = timedelta(days=7)
"""How long after the last step of a run its goal counts, where the goal does not say."""


class Goal(FactTest):
    """A fact that ends the run as a success, after entering and `within` so many seconds of it if set. A run that has come to
    its end without it reaches it still, for `after` so many seconds: who buys on the day after the last message was won."""

    start: ClassVar[Mapping[str, Any]] = {"fact": "", "where": []}

    within: Annotated[
        int | None,
        Field(ge=1, le=SECONDS_MAX),
        Setting(
            LocalizedText("进入后多久内算数", "Counts within"),
            fault=LocalizedText("应为秒数", "must be a number of seconds"),
            expected=f"1..{SECONDS_MAX}",
            format="duration",
        ),
    ] = None
    after: Annotated[
        int | None,
        Field(ge=0, le=SECONDS_MAX),
        Setting(
            LocalizedText("走完最后一步后多久内仍算达成", "Still counts so long after the last step"),
            fault=LocalizedText("应为秒数", "must be a number of seconds"),
            expected=f"0..{SECONDS_MAX}",
            hint=LocalizedText("不填为 7 天", "Seven days if left empty"),
            format="duration",
        ),
    ] = None

    @property
    def counts_after(self) -> timedelta:
        """How long after the last step it still counts."""
        return GOAL_AFTER if self.after is None else timedelta(seconds=self.after)

    def reached(self, fact: str, props: Mapping[str, Any], occurred: datetime, entered: datetime) -> bool:
        """Whether a fact is the goal of a run entered at `entered`."""
        if occurred <= entered or not self.matches(fact, props, occurred):
            return False
        return self.within is None or occurred <= entered + timedelta(seconds=self.within)


class ExitRule(FactTest):
    """A fact on which a member leaves at once, or a tree that is asked before each move."""

    start: ClassVar[Mapping[str, Any]] = {"fact": "", "where": []}
    modes: ClassVar[tuple[Mode, ...]] = (
        Mode(LocalizedText("发生某个行为", "Something happens"), {"fact": "", "where": []}),
        Mode(LocalizedText("满足某些条件", "Conditions hold"), {"tree": {"all": []}}),
    )

    tree: Annotated[
        dict[str, Any] | None,
        Setting(
            LocalizedText("条件", "Conditions"),
            fault=LocalizedText("应为对象", "must be an object"),
            format="audience_tree",
        ),
    ] = None

    def check(self, path: str, references: References) -> list[Fault]:
        """A fact of members, or a tree that is right, and not both."""
        if self.tree is None:
            return self.check_fact(path)
        mixed = LocalizedText("行为和条件只能选一种", "either an event or conditions, not both")
        extra = [self.fault(path, name, mixed) for name in ("fact", "where") if name in self.model_fields_set]
        if says_nothing(self.tree):
            return [*extra, self.fault(path, "tree", LocalizedText("请填写谁退出", "say who leaves"))]
        return extra + nested(f"{path}.tree" if path else "tree", references.tree(self.tree))

    def met(self, fact: str, props: Mapping[str, Any], occurred: datetime, entered: datetime) -> bool:
        """Whether a fact makes a run entered at `entered` leave."""
        return occurred > entered and self.matches(fact, props, occurred)
