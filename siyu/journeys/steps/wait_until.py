"""Wait until something happens to the member, or until it has taken too long."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from siyu.journeys.enrolments import tick_queries
from siyu.journeys.graph.property_filters import check_fact, matches
from siyu.journeys.graph.structure import (
    WAIT_SECONDS_MAX,
    WAIT_SECONDS_MIN,
    Answers,
    Faults,
    Run,
    Step,
    StepKind,
    StepOutcome,
)
from siyu.journeys.steps.context import RunGroup, StepContext
from siyu.kit.errors import Fault


def exits(_config: Mapping[str, Any]) -> list[str]:
    """It happened, or took too long."""
    return ["happened", "timeout"]


def check(path: str, config: Mapping[str, Any], _known: Any) -> Faults:
    """An event, and how long to wait for it at most."""
    faults = check_fact(path, config)
    timeout = config.get("timeout")
    if not (type(timeout) is int and WAIT_SECONDS_MIN <= timeout <= WAIT_SECONDS_MAX):
        faults.append(
            Fault(
                f"{path}.timeout",
                "say how long to wait at most",
                "请填写最长等待时间",
                f"{WAIT_SECONDS_MIN}..{WAIT_SECONDS_MAX}",
            )
        )
    return faults


def ends(step: Step, run: Run) -> datetime:
    """When the patience of `step` with `run` is over."""
    return run.arrived_at + timedelta(seconds=step.config["timeout"])


async def apply(context: StepContext, groups: Sequence[RunGroup]) -> list[Answers]:
    """Before patience ends, look for what is recorded but not read yet: a long transaction elsewhere holds readers back,
    and nobody should be reminded of what they have just done."""
    for group in groups:
        late = [run for run in group.runs if run.happened_at is None and ends(group.step, run) <= context.now]
        if not late:
            continue
        of_member: dict[int, list[Run]] = defaultdict(list)
        for run in late:
            of_member[run.member_id].append(run)
        config = group.step.config
        for member, at, props in await tick_queries.unconsumed(
            context.tx, context.workspace_id, config["fact"], list(of_member)
        ):
            for run in of_member[member]:
                if run.happened_at is None and run.arrived_at < at and matches(config.get("where"), props):
                    run.happened_at = at
    return [{} for _ in groups]


def decide(step: Step, runs: Sequence[Run], _holds: Answers, now: datetime) -> StepOutcome:
    """What happened after arrival and before the end counts, however late the tick is."""
    outcome = StepOutcome()
    for run in runs:
        end = ends(step, run)
        if run.happened_at is not None and run.arrived_at < run.happened_at <= end:
            outcome.left.setdefault("happened", []).append(run)
        elif end <= now:
            outcome.left.setdefault("timeout", []).append(run)
        else:
            outcome.staying.append((run, end))
    return outcome


WAIT_UNTIL = StepKind("wait_until", frozenset({"fact", "where", "timeout"}), exits, check, decide, pauses=True)
