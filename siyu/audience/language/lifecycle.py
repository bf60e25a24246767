"""Lifecycle stages and RFM scores: the thresholds and the pure rules, shared by the language and the reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Any

from siyu.kit.text import LocalizedText

ORDER = "order_paid"

NEW_WITHIN = timedelta(days=30)
SILENT_AFTER = timedelta(days=60)
LOST_AFTER = timedelta(days=180)
CORE_WITHIN = timedelta(days=90)
CORE_ORDERS_MIN = 5

STAGES: dict[str, LocalizedText] = {
    "new": LocalizedText("新客", "new"),
    "ordinary": LocalizedText("普通", "ordinary"),
    "core": LocalizedText("核心", "core"),
    "silent": LocalizedText("沉默", "silent"),
    "lost": LocalizedText("流失", "lost"),
}
STAGE_SPANS = (NEW_WITHIN, SILENT_AFTER, CORE_WITHIN, LOST_AFTER)
"""The ages of an order at which a stage may turn."""

RFM_WITHIN = timedelta(days=365)
RFM_SCORES = 5
RFM_QUANTILES = (0.2, 0.4, 0.6, 0.8)


def stage(first: datetime | None, last: datetime | None, recent: int, now: datetime) -> str | None:
    """The stage of somebody whose paid orders were `first` and `last`, `recent` of them in the CORE_WITHIN before `now`.

    None without an order; lost: none for LOST_AFTER; silent: none for SILENT_AFTER; new: the first within NEW_WITHIN;
    core: at least CORE_ORDERS_MIN recent ones; else ordinary. The first that holds, in this order.
    """
    if first is None or last is None:
        return None
    if last < now - LOST_AFTER:
        return "lost"
    if last < now - SILENT_AFTER:
        return "silent"
    if first >= now - NEW_WITHIN:
        return "new"
    return "core" if recent >= CORE_ORDERS_MIN else "ordinary"


@dataclass(frozen=True)
class RfmCuts:
    """The four cut points of each axis over all members with an order in RFM_WITHIN; a value above k of them scores k + 1."""

    r: tuple[Any, ...]
    f: tuple[Any, ...]
    m: tuple[Any, ...]


def cuts(values: Sequence[Any]) -> tuple[Any, ...]:
    """The quintile cut points of `values` (at least one): each is one of them, so that equal values score alike."""
    ordered = sorted(values)
    n = len(ordered)
    return tuple(ordered[max(1, n - floor(n - q * n)) - 1] for q in RFM_QUANTILES)


def score(value: Any, points: Sequence[Any]) -> int:
    """1 to RFM_SCORES; 5 is best (most recent, most often, most spent)."""
    return 1 + sum(bool(value > point) for point in points)
