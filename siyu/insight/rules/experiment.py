"""Two arms compared: the difference of two shares with its interval, and a verdict only when there is enough data."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from siyu.kit.confidence_interval import wilson

ARM_MEMBERS_MIN = 100
OUTCOMES_MIN = 5
"""Members of an arm who did, and who did not, below which nothing is said."""

Verdict = Literal["better", "worse", "no_difference", "not_enough"]


@dataclass(frozen=True)
class Arm:
    """How many there were and how many of them did."""

    members: int
    converted: int

    @property
    def rate(self) -> float | None:
        return self.converted / self.members if self.members else None

    @property
    def enough(self) -> bool:
        return (
            self.members >= ARM_MEMBERS_MIN
            and self.converted >= OUTCOMES_MIN
            and self.members - self.converted >= OUTCOMES_MIN
        )


@dataclass(frozen=True)
class Lift:
    """The share of the treated less that of the holdout, [low, high] its 95 % interval; None while an arm is empty."""

    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def lift(treated: Arm, holdout: Arm) -> Lift:
    """Newcombe's interval of the difference of two independent shares (his method 10)."""
    if not treated.members or not holdout.members:
        return Lift(None, None, None, "not_enough")
    p, q = treated.converted / treated.members, holdout.converted / holdout.members
    (p_low, p_high), (q_low, q_high) = wilson(p, treated.members), wilson(q, holdout.members)
    low = p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    verdict: Verdict = "no_difference"
    if not (treated.enough and holdout.enough):
        verdict = "not_enough"
    elif low > 0:
        verdict = "better"
    elif high < 0:
        verdict = "worse"
    return Lift(p - q, low, high, verdict)
