"""Split: a member always gets the same arm of the same step, over versions and entries."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Annotated, Any, ClassVar

from pydantic import Field

from siyu.journeys.steps.names import Names
from siyu.journeys.steps.step import Answers, Exit, References, Run, StepKind, StepOutcome, key_is_right
from siyu.kit.config import Config, Setting
from siyu.kit.errors import Fault
from siyu.kit.ids import stable_hash
from siyu.kit.text import LocalizedText, joined, same

ARMS_MAX = 10
SHARES = 100
"""Shares are whole per cent."""


class SplitArm(Config):
    """One group and its share."""

    key: Annotated[
        str,
        Setting(LocalizedText("标识", "Key"), fault=LocalizedText("需要标识", "needs a key"), format="exit_key"),
    ] = ""
    label: Annotated[str | None, Setting(LocalizedText("分组名称", "Name of the group"))] = None
    share: Annotated[
        int,
        Field(ge=1, le=SHARES),
        Setting(
            LocalizedText("占比", "Share"),
            fault=LocalizedText("应为整数百分比", "must be a whole per cent"),
            expected="1..99",
            format="percent",
        ),
    ]
    holdout: Annotated[
        bool,
        Setting(
            LocalizedText("对照组（不触达，用来衡量效果）", "Holdout: left alone, to measure the others by"),
        ),
    ] = False


class SplitStep(StepKind):
    """Part at random by shares."""

    kind: ClassVar[str] = "split"
    label: ClassVar[LocalizedText] = LocalizedText("随机分流", "Split")
    help: ClassVar[LocalizedText] = LocalizedText(
        "按比例随机分流，同一客户总走同一条", "Part at random by shares; a member always takes the same arm"
    )
    icon: ClassVar[str] = "split"
    start: ClassVar[Mapping[str, Any]] = {
        "arms": [{"key": "a", "label": "A", "share": 50}, {"key": "b", "label": "B", "share": 50}]
    }
    exits_from: ClassVar[str | None] = "arms"

    arms: Annotated[
        list[SplitArm],
        Field(min_length=2, max_length=ARMS_MAX),
        Setting(
            LocalizedText("分组", "Groups"),
            fault=LocalizedText(f"需要 2 至 {ARMS_MAX} 个分组", f"needs 2 to {ARMS_MAX} arms"),
        ),
    ]

    def exits(self) -> tuple[Exit, ...]:
        """The arms."""
        return tuple(_exit(arm) for arm in self.arms)

    def summary(self, _names: Names) -> LocalizedText:
        """The arms with their shares."""
        return joined((exit.label for exit in self.exits()), " · ", " · ")

    def check(self, path: str, _references: References) -> list[Fault]:
        """Arms with keys of their own, whose shares add up to the whole."""
        faults = [arm.fault(f"{path}.arms[{i}]", "key") for i, arm in enumerate(self.arms) if not key_is_right(arm.key)]
        if faults:
            return faults
        if len({arm.key for arm in self.arms}) < len(self.arms):
            faults.append(self.fault(path, "arms", LocalizedText("分组标识重复", "two arms have the same key")))
        total = sum(arm.share for arm in self.arms)
        if total != SHARES:
            text = LocalizedText(f"各组占比合计为 {total}%", f"the shares add up to {total}")
            faults.append(self.fault(path, "arms", text, str(SHARES)))
        return faults

    def holdout_exits(self) -> frozenset[str]:
        """The arms that are marked so."""
        return frozenset(arm.key for arm in self.arms if arm.holdout)

    def decide(self, salt: str, runs: Sequence[Run], _answers: Answers, _now: datetime) -> StepOutcome:
        """By a hash of journey, step and member."""
        bounds = list(accumulate(arm.share for arm in self.arms))
        outcome = StepOutcome()
        for run in runs:
            arm = self.arms[bisect_right(bounds, stable_hash(salt, str(run.member_id)) % SHARES)]
            outcome.left.setdefault(arm.key, []).append(run)
        return outcome


def _exit(arm: SplitArm) -> Exit:
    label = arm.label or arm.key
    return Exit(arm.key, same(f"{label} {arm.share}%"), LocalizedText(f"分到「{label}」", f"Falls into “{label}”"))
