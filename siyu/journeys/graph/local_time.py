"""When things are due, in the zone where people live."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

SCHEDULE_DAYS_AHEAD_MAX = 8
"""A weekly schedule always comes round within a week and a day."""


@lru_cache(maxsize=512)
def zone_of(name: str, otherwise: str = "UTC") -> ZoneInfo:
    """The zone called `name`, or `otherwise` when a member's record carries one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return ZoneInfo(otherwise)


def at_local(day: date, clock: time, zone: str) -> datetime:
    """`clock` on `day` in `zone`, in UTC. In the hour that summer time skips it is the same distance after the skip."""
    return datetime.combine(day, clock, zone_of(zone)).astimezone(UTC)


def clock_time(value: str) -> time:
    """ "09:30" as a time; raises ValueError for anything else."""
    if len(value) != 5 or value[2] != ":" or not (value[:2] + value[3:]).isdigit():
        raise ValueError(value)
    return time(int(value[:2]), int(value[3:]))


def wait_ends(config: Mapping[str, Any], arrived_at: datetime, zone: str) -> datetime:
    """When a wait that began at `arrived_at` is over: so many seconds later, or at a time of the member's day.

    `until` with `days: n` is that time on the n-th day after; without `days` the next such time, never `arrived_at` itself.
    """
    if "until" not in config:
        return arrived_at + timedelta(seconds=config["seconds"])
    clock, days = clock_time(config["until"]), int(config.get("days") or 0)
    today = arrived_at.astimezone(zone_of(zone)).date()
    due = at_local(today + timedelta(days=days), clock, zone)
    return due if due > arrived_at else at_local(today + timedelta(days=days + 1), clock, zone)


def next_occurrence(trigger: Mapping[str, Any], after: datetime, zone: str) -> datetime | None:
    """When a schedule fires next, strictly after `after`; None when its one date has passed."""
    clock = clock_time(trigger["at"])
    if trigger.get("date"):
        moment = at_local(date.fromisoformat(trigger["date"]), clock, zone)
        return moment if moment > after else None
    days = set(trigger.get("days") or range(1, 8))
    today = after.astimezone(zone_of(zone)).date()
    for ahead in range(SCHEDULE_DAYS_AHEAD_MAX + 1):
        day = today + timedelta(days=ahead)
        moment = at_local(day, clock, zone)
        if day.isoweekday() in days and moment > after:
            return moment
    return None
