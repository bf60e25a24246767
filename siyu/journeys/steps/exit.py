"""The end of the way, with its reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from siyu.journeys.graph.structure import Answers, Faults, Run, Step, StepKind, StepOutcome
from siyu.kit.errors import Fault
from siyu.kit.limits import NAME_CHARS_MAX

FINISHED = "finished"


def exits(_config: Mapping[str, Any]) -> list[str]:
    """None: it ends here."""
    return []


def check(path: str, config: Mapping[str, Any], _known: Any) -> Faults:
    """The reason is a few words."""
    reason = config.get("reason")
    if reason is None or (isinstance(reason, str) and len(reason) <= NAME_CHARS_MAX):
        return []
    return [Fault(f"{path}.reason", f"at most {NAME_CHARS_MAX} characters", f"最多 {NAME_CHARS_MAX} 个字符")]


def decide(step: Step, runs: Sequence[Run], _holds: Answers, _now: datetime) -> StepOutcome:
    """Every run ends here."""
    return StepOutcome(ended=list(runs), why=step.config.get("reason") or FINISHED)


EXIT = StepKind("exit", frozenset({"reason"}), exits, check, decide)
