"""When a tree may change by time alone, and which facts may change it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from siyu.audience.language.conditions.condition import RankedCondition
from siyu.audience.language.evaluate import MemberView, Population, evaluate
from siyu.audience.language.schema import MEMBERSHIP_FACTS
from siyu.audience.language.time_windows import CALENDARS, TICK
from siyu.audience.language.tree import Tree, deep
from siyu.kit.time import local_date, midnight

CROSSINGS_MAX = 400
"""Moments at which one condition of one member is tried."""


@dataclass(frozen=True, order=True)
class ExpiringFact:
    """Something whose age decides: facts of a kind (`of` fact) or members (`of` created) that get older than `span`, or a
    tag (`of` tag) whose time ends. A negative span is of what lies ahead."""

    of: Literal["fact", "created", "tag"]
    name: str = ""
    span: timedelta = timedelta(0)


@dataclass
class TimeDependence:
    """What of a tree moves with time. `days` are shifts: the tree asks what day it is that long after now; `ranked`: a
    member's truth depends on the others."""

    expiring: set[ExpiringFact] = field(default_factory=set)
    days: set[timedelta] = field(default_factory=set)
    ranked: bool = False

    def fact(self, name: str, *spans: timedelta) -> None:
        """Facts of this kind decide when they get older than each of `spans`."""
        self.expiring.update(ExpiringFact("fact", name, span) for span in spans)

    def created(self, span: timedelta) -> None:
        """How long somebody has been a member decides, at `span`."""
        self.expiring.add(ExpiringFact("created", span=span))

    def tag(self, name: str) -> None:
        """This tag may end."""
        self.expiring.add(ExpiringFact("tag", name))


def time_dependence(tree: Tree) -> TimeDependence:
    """How `tree` depends on time, references followed."""
    dependence = TimeDependence()
    for condition in deep(tree):
        dependence.ranked |= isinstance(condition, RankedCondition)
        condition.add_time_dependence(dependence)
    return dependence


def next_days(dependence: TimeDependence, now: datetime, zone: str) -> list[datetime]:
    """When the days that `dependence` asks for are next over; needs no lake."""
    return [midnight(local_date(now + shift, zone) + timedelta(days=1), zone) - shift for shift in dependence.days]


def same_days(dependence: TimeDependence, before: datetime, now: datetime, zone: str) -> bool:
    """Whether every day that `dependence` asks for was the same at `before`."""
    return all(local_date(before + shift, zone) == local_date(now + shift, zone) for shift in dependence.days)


def changes_at(
    tree: Tree, member: MemberView, now: datetime, zone: str, population: Population | None = None
) -> datetime | None:
    """When `tree` (or one condition) will turn for `member` by time alone; None when it will not (among the next
    CROSSINGS_MAX moments), or when that depends on what others do."""
    dependence = time_dependence(tree)
    if dependence.ranked:
        return None
    truth = evaluate(tree, member, now, zone, population)
    for at in sorted(_crossings_of(dependence, member, now, zone))[:CROSSINGS_MAX]:
        if evaluate(tree, member, at, zone, population) != truth:
            return at
    return None


def _crossings_of(dependence: TimeDependence, member: MemberView, now: datetime, zone: str) -> set[datetime]:
    moments: set[datetime] = set()
    for item in dependence.expiring:
        if item.of == "fact":
            moments |= {event.occurred_at + item.span + TICK for event in member.events if event.name == item.name}
        elif item.of == "created":
            moments.add(member.created_at + item.span + TICK)
        else:
            moments |= {until for name, until in member.tags if until is not None and name == item.name}
    for shift in dependence.days:
        today = local_date(now + shift, zone)
        moments |= {midnight(today + timedelta(days=n), zone) - shift for n in range(1, 367)}
    if dependence.days:
        moments |= {midnight(calendar.after(local_date(now, zone)), zone) for calendar in CALENDARS.values()}
    return {at for at in moments if at > now}


def fact_names(tree: Tree) -> set[str]:
    """The kinds of facts that `tree` counts, references followed."""
    return {name for condition in deep(tree) for name in condition.facts()}


def watched(tree: Tree) -> set[str]:
    """The kinds of facts after which the members of `tree` may be others."""
    return {*MEMBERSHIP_FACTS, *(name for condition in deep(tree) for name in condition.watches())}
