"""Wait until something happens to the member, or until it has taken too long."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from siyu.facts.log import queries as facts
from siyu.journeys.steps.fact_test import FactTest
from siyu.journeys.steps.names import Names
from siyu.journeys.steps.queries import SUBSCRIBER
from siyu.journeys.steps.step import Answers, Exit, References, Run, RunGroup, StepContext, StepKind, StepOutcome
from siyu.journeys.steps.wait import SECONDS_MAX, SECONDS_MIN
from siyu.kit.config import Setting
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText
from siyu.kit.time import duration_text

HAPPENED, TIMEOUT = "happened", "timeout"


class WaitUntilStep(FactTest, StepKind):
    """Wait until a fact, at most so long; what came before arrival does not count."""

    kind: ClassVar[str] = "wait_until"
    label: ClassVar[LocalizedText] = LocalizedText("等到发生", "Wait until")
    help: ClassVar[LocalizedText] = LocalizedText(
        "等到某件事发生，最多等多久", "Wait until something happens, with a timeout"
    )
    icon: ClassVar[str] = "hourglass"
    start: ClassVar[Mapping[str, Any]] = {"fact": "", "where": [], "timeout": 3 * 86_400}
    fixed_exits: ClassVar[tuple[Exit, ...]] = (
        Exit(HAPPENED, LocalizedText("已发生", "happened"), LocalizedText("等到了", "It happened")),
        Exit(
            TIMEOUT,
            LocalizedText("超时", "timed out"),
            LocalizedText("没有等到，继续往下走", "It did not happen in time"),
        ),
    )
    pauses: ClassVar[bool] = True

    timeout: Annotated[
        int,
        Field(ge=SECONDS_MIN, le=SECONDS_MAX),
        Setting(
            LocalizedText("最多等", "At most"),
            fault=LocalizedText("请填写最长等待时间", "say how long to wait at most"),
            expected=f"{SECONDS_MIN}..{SECONDS_MAX}",
            format="duration",
        ),
    ]

    def summary(self, _names: Names) -> LocalizedText:
        """The fact, and how long at most."""
        fact, most = self.fact_label(), duration_text(self.timeout)
        return LocalizedText(f"{fact.zh}，最多等 {most.zh}", f"{fact.en}, at most {most.en}")

    def check(self, path: str, _references: References) -> list[Fault]:
        """A fact of members, and tests of properties that it has."""
        return self.check_fact(path)

    def awaits(self) -> FactTest:
        """What it waits for."""
        return self

    def ends(self, run: Run) -> datetime:
        """When its patience with `run` is over."""
        return run.arrived_at + timedelta(seconds=self.timeout)

    @classmethod
    async def apply(cls, context: StepContext, groups: Sequence[RunGroup[Self]]) -> Sequence[Answers]:
        """Before patience ends, look for what is recorded but not read yet: a long transaction elsewhere holds readers back,
        and nobody should be reminded of what they have just done."""
        for group in groups:
            settings = group.step.settings
            late = [run for run in group.runs if run.happened_at is None and settings.ends(run) <= context.now]
            if not late:
                continue
            of_member: dict[int, list[Run]] = defaultdict(list)
            for run in late:
                of_member[run.member_id].append(run)
            unread = await facts.unconsumed(
                context.tx, SUBSCRIBER, context.workspace_id, settings.fact, list(of_member)
            )
            for member, at, props in unread:
                for run in of_member[member]:
                    if run.happened_at is None and run.arrived_at < at and settings.matches(settings.fact, props, at):
                        run.happened_at = at
        return [{} for _ in groups]

    def decide(self, _salt: str, runs: Sequence[Run], _answers: Answers, now: datetime) -> StepOutcome:
        """What happened after arrival and before the end counts, however late the tick is."""
        outcome = StepOutcome()
        for run in runs:
            end = self.ends(run)
            if run.happened_at is not None and run.arrived_at < run.happened_at <= end:
                outcome.left.setdefault(HAPPENED, []).append(run)
            elif end <= now:
                outcome.left.setdefault(TIMEOUT, []).append(run)
            else:
                outcome.staying.append((run, end))
        return outcome
