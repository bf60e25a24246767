"""What a metric is."""

from dataclasses import dataclass
from typing import Literal

from siyu.kit.text import LocalizedText

Unit = Literal["count", "money", "percent", "days", "ratio"]
UNIT_LABELS: dict[str, LocalizedText] = {
    "count": LocalizedText("数量", "count"),
    "money": LocalizedText("金额", "money"),
    "percent": LocalizedText("百分比", "per cent"),
    "days": LocalizedText("天", "days"),
    "ratio": LocalizedText("倍数", "ratio"),
}
Over = Literal["fact", "member", "moment", "ratio", "report"]


@dataclass(frozen=True)
class Metric:
    """One figure: what it is called, what it means in words, its unit and its expression."""

    name: str
    label: LocalizedText
    definition: LocalizedText
    unit: Unit
    over: Over
    sql: str = ""
    kinds: tuple[str, ...] = ()
    """The facts it is made of."""
    of: tuple[str, ...] = ()
    """The metrics a ratio is made of."""


def report_metric(name: str, label: LocalizedText, definition: LocalizedText, unit: Unit) -> Metric:
    """A metric that one report works out for itself and that stands in its file."""
    return Metric(name, label, definition, unit, "report")
