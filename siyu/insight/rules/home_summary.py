"""The home page in figures: the five flows and the weeks, made of the rows of its statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from siyu.facts.catalogue import KINDS
from siyu.insight.report import ResultSets, Row
from siyu.insight.rules.feeds import Feed
from siyu.insight.rules.health import AREA_LABELS, WEEKS_BEFORE, AreaName, Week
from siyu.insight.rules.period import aware
from siyu.kit.text import LocalizedText, same
from siyu.kit.time import local_date

WorkKind = Literal[
    "import", "journey", "messages_in_doubt", "messages_failed", "messages_waiting", "messages_held", "account_trouble"
]
StartKey = Literal["import", "connect", "journey"]
SPARK_DAYS = 14
MEAN_DAYS = 7
WEEKLY = (
    *("new_members", "active_members", "buyers", "redeemers", "friends_added", "messaged_members", "opt_outs"),
    "friends_lost",
)
DAILY = ("new_members", "active_members", "buyers")
FLOWS: dict[AreaName, str | None] = {
    "acquisition": "new_members",
    "activity": "active_members",
    "retention": "returning_members",
    "conversion": "buyers",
    "fission": None,
}
"""The five flows, each with the metric it is told by; None: no facts are recorded of it."""


@dataclass(frozen=True)
class Flow:
    """One of the five flows: yesterday, the mean of seven days, and the last fourteen, oldest first. None: no facts of it."""

    key: AreaName
    label: LocalizedText
    metric: str | None
    yesterday: int | None
    mean: float | None
    spark: list[int]


@dataclass(frozen=True)
class Work:
    """Something that runs, or that waits for a person (`needs`); `permission` is what it takes to see it."""

    kind: WorkKind
    id: int | None
    name: str
    state: str
    text: LocalizedText
    permission: str
    needs: bool = False
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class StartStep:
    """One of the three first steps of a new shop."""

    key: StartKey
    done: bool
    label: LocalizedText


def days_of(now: datetime, zone: str) -> list[date]:
    """The last SPARK_DAYS full days, oldest first."""
    today = local_date(now, zone)
    return [today - timedelta(days=n) for n in range(SPARK_DAYS, 0, -1)]


def flows(result_sets: ResultSets, days: Sequence[date]) -> list[Flow]:
    """The five flows."""
    by_day: dict[date, Row] = {}
    for row in (*result_sets["days"], *result_sets["returning"]):
        by_day[row["part"]] = by_day.get(row["part"], {}) | row
    flows_shown = []
    for key, metric in FLOWS.items():
        label = AREA_LABELS[key]
        if metric is None:
            flows_shown.append(Flow(key, label, None, None, None, []))
            continue
        spark = [int(by_day.get(at, {}).get(metric, 0)) for at in days]
        flows_shown.append(Flow(key, label, metric, spark[-1], sum(spark[-MEAN_DAYS:]) / MEAN_DAYS, spark))
    return flows_shown


def feeds(result_sets: ResultSets, sources: Mapping[str, LocalizedText]) -> list[Feed]:
    """The sources of data there are, each with its days; `sources` says what the brand calls them."""
    parts: dict[tuple[str, str | None], list[Row]] = {}
    for row in result_sets["feeds"]:
        parts.setdefault((row["name"], row["source"]), []).append(row)
    return [
        Feed(
            f"{name}:{source or ''}",
            _feed_label(name, source, sources),
            tuple(row["part"] for row in rows),
            aware(max(row["last_at"] for row in rows)),
        )
        for (name, source), rows in sorted(parts.items(), key=lambda part: (part[0][0], part[0][1] or ""))
    ]


def _feed_label(name: str, source: str | None, sources: Mapping[str, LocalizedText]) -> LocalizedText:
    kind = KINDS[name].label
    if source is None:
        return kind
    where = sources.get(source, same(source))
    return LocalizedText(f"{kind.zh} · {where.zh}", f"{kind.en} · {where.en}")


def weeks(result_sets: ResultSets) -> list[Week]:
    """The last full week and those before it, newest first."""
    measured = {row["part"]: row for row in result_sets["weeks"]}
    kept = {row["part"]: int(row["kept"]) for row in result_sets["kept"]}
    zero = dict.fromkeys(WEEKLY, 0)
    newest_first = []
    for n in range(WEEKS_BEFORE + 1):
        row = measured.get(n, zero)
        left = row["opt_outs"] + row["friends_lost"]
        newest_first.append(
            Week(
                row["new_members"],
                row["active_members"],
                kept.get(n, 0),
                row["buyers"],
                row["redeemers"],
                row["friends_added"],
                row["messaged_members"],
                left,
            )
        )
    return newest_first
