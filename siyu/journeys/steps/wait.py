"""Wait: so long, or until a time of the member's day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from siyu.journeys.graph.local_time import clock_time, wait_ends
from siyu.journeys.graph.structure import (
    WAIT_DAYS_MAX,
    WAIT_SECONDS_MAX,
    WAIT_SECONDS_MIN,
    Answers,
    Faults,
    Run,
    Step,
    StepKind,
    StepOutcome,
)
from siyu.kit.errors import Fault


def exits(_config: Mapping[str, Any]) -> list[str]:
    """There is one way on."""
    return ["done"]


def check(path: str, config: Mapping[str, Any], _known: Any) -> Faults:
    """A length or a time of day, within limits."""
    seconds, until, days = config.get("seconds"), config.get("until"), config.get("days")
    if (seconds is None) == (until is None):
        return [Fault(path, "say how long, or until what time", "请填写等待时长或等到几点", "seconds | until")]
    if seconds is not None:
        if type(seconds) is int and WAIT_SECONDS_MIN <= seconds <= WAIT_SECONDS_MAX:
            return []
        return [
            Fault(
                f"{path}.seconds",
                "must be between a minute and 400 days",
                "应在 1 分钟到 400 天之间",
                f"{WAIT_SECONDS_MIN}..{WAIT_SECONDS_MAX}",
            )
        ]
    faults: Faults = []
    try:
        clock_time(str(until))
    except ValueError:
        faults.append(Fault(f"{path}.until", "must be a time of day", "应为时刻", "09:00"))
    if days is not None and not (type(days) is int and 0 <= days <= WAIT_DAYS_MAX):
        faults.append(Fault(f"{path}.days", "must be a number of days", "应为天数", f"0..{WAIT_DAYS_MAX}"))
    return faults


def decide(step: Step, runs: Sequence[Run], _holds: Answers, now: datetime) -> StepOutcome:
    """Those whose wait is over are done; the others stay until it is."""
    outcome = StepOutcome()
    done: list[Run] = []
    for run in runs:
        due = wait_ends(step.config, run.arrived_at, run.zone)
        if due <= now:
            done.append(run)
        else:
            outcome.staying.append((run, due))
    if done:
        outcome.left["done"] = done
    return outcome


WAIT = StepKind("wait", frozenset({"seconds", "until", "days"}), exits, check, decide, pauses=True)
