"""Split: a member always gets the same arm of the same step, over versions and entries."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from siyu.journeys.graph.structure import (
    ARMS_MAX,
    KEY_CHARS_MAX,
    LEFT,
    Answers,
    Faults,
    Run,
    Step,
    StepKind,
    StepOutcome,
)
from siyu.kit.errors import Fault
from siyu.kit.ids import stable_hash

SHARES = 100
"""Shares are whole per cent."""


def exits(config: Mapping[str, Any]) -> list[str]:
    """The arms."""
    return [arm["key"] for arm in config["arms"]]


def check(path: str, config: Mapping[str, Any], _known: Any) -> Faults:
    """At least two arms whose shares add up to the whole."""
    arms = config.get("arms")
    if not isinstance(arms, list) or not 2 <= len(arms) <= ARMS_MAX:
        return [Fault(f"{path}.arms", f"needs 2 to {ARMS_MAX} arms", f"需要 2 至 {ARMS_MAX} 个分组")]
    faults: Faults = []
    for i, arm in enumerate(arms):
        if not isinstance(arm, dict) or not key_is_right(arm.get("key")):
            faults.append(Fault(f"{path}.arms[{i}].key", "needs a key", "需要标识"))
        elif type(arm.get("share")) is not int or not 0 < arm["share"] < SHARES:
            faults.append(Fault(f"{path}.arms[{i}].share", "must be a whole per cent", "应为整数百分比", "1..99"))
    if faults:
        return faults
    if len({arm["key"] for arm in arms}) < len(arms):
        faults.append(Fault(f"{path}.arms", "two arms have the same key", "分组标识重复"))
    total = sum(arm["share"] for arm in arms)
    if total != SHARES:
        faults.append(Fault(f"{path}.arms", f"the shares add up to {total}", f"各组占比合计为 {total}%", "100"))
    return faults


def key_is_right(key: Any) -> bool:
    """A key of an exit: short, not empty, not one of ours."""
    return isinstance(key, str) and 0 < len(key) <= KEY_CHARS_MAX and not key.startswith(LEFT)


def arm_of(salt: str, member_id: int, bounds: Sequence[int]) -> int:
    """Which arm a member falls into; `bounds` are the running totals of the shares."""
    return bisect_right(bounds, stable_hash(salt, str(member_id)) % SHARES)


def decide(step: Step, runs: Sequence[Run], _holds: Answers, _now: datetime) -> StepOutcome:
    """By a hash of journey, step and member."""
    arms = step.config["arms"]
    bounds = list(accumulate(arm["share"] for arm in arms))
    outcome = StepOutcome()
    for run in runs:
        outcome.left.setdefault(arms[arm_of(step.salt, run.member_id, bounds)]["key"], []).append(run)
    return outcome


SPLIT = StepKind("split", frozenset({"arms"}), exits, check, decide)
