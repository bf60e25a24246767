"""What goes together with an outcome: risk ratios with intervals, and which of many are more than chance.

The interval is that of Katz, Baptista, Azen and Pike, "Obtaining confidence intervals for the risk ratio in cohort studies",
Biometrics 34 (1978), 469-474: the logarithm of the ratio is taken as normal, its variance 1/a - 1/n + 1/b - 1/m. Many
comparisons are corrected by Benjamini and Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995),
289-300.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, sqrt
from typing import Literal

from siyu.kit.confidence_interval import Z_95

CELL_MEMBERS_MIN = 10
"""Nothing is said where fewer members than this had, or had not, the trait and the outcome: neither about them, nor with
an approximation that needs numbers."""
Q_MOST = 0.05
"""The share of false alarms that is taken among the traits that are named."""

Verdict = Literal["more", "less", "unclear"]


@dataclass(frozen=True)
class Split:
    """Members with a trait and without it, and how many of each had the outcome."""

    exposed: int
    exposed_gone: int
    others: int
    others_gone: int

    @property
    def enough(self) -> bool:
        cells = (self.exposed_gone, self.exposed - self.exposed_gone)
        rest = (self.others_gone, self.others - self.others_gone)
        return min(*cells, *rest) >= CELL_MEMBERS_MIN


@dataclass(frozen=True)
class Risk:
    """The risk of those with the trait over that of the others, [low, high] its 95 % interval; `z` how far from no difference."""

    ratio: float
    low: float
    high: float
    z: float

    @property
    def p(self) -> float:
        """The chance of a difference as large as this, either way, were there none."""
        return erfc(abs(self.z) / sqrt(2))


def risk(split: Split) -> Risk:
    """The ratio of the risks; all four cells of `split` must have members."""
    ratio = (split.exposed_gone / split.exposed) / (split.others_gone / split.others)
    spread = sqrt(1 / split.exposed_gone - 1 / split.exposed + 1 / split.others_gone - 1 / split.others)
    middle = log(ratio)
    return Risk(ratio, exp(middle - Z_95 * spread), exp(middle + Z_95 * spread), middle / spread)


def q_values(p_values: Sequence[float]) -> list[float]:
    """For each p the least share of false alarms at which it would still be named, in the same order."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index], reverse=True)
    q = [1.0] * len(p_values)
    least = 1.0
    for place, index in enumerate(order):
        least = min(least, p_values[index] * len(p_values) / (len(p_values) - place))
        q[index] = least
    return q


def verdict(risk: Risk, q: float) -> Verdict:
    """Which way, where there is more than chance."""
    if q > Q_MOST:
        return "unclear"
    return "more" if risk.ratio > 1 else "less"
