"""When things are due, in the zone where people live."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from siyu.kit.time import at_local, zone_or

SCHEDULE_DAYS_AHEAD_MAX = 8
"""A weekly schedule always comes round within a week and a day."""


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
    place = zone_or(zone, "UTC")
    today = arrived_at.astimezone(place).date()
    due = at_local(today + timedelta(days=days), clock, place)
    return due if due > arrived_at else at_local(today + timedelta(days=days + 1), clock, place)


def next_occurrence(trigger: Mapping[str, Any], after: datetime, zone: str) -> datetime | None:
    """When a schedule fires next, strictly after `after`; None when its one date has passed."""
    clock, place = clock_time(trigger["at"]), zone_or(zone, "UTC")
    if trigger.get("date"):
        moment = at_local(date.fromisoformat(trigger["date"]), clock, place)
        return moment if moment > after else None
    days = set(trigger.get("days") or range(1, 8))
    today = after.astimezone(place).date()
    for ahead in range(SCHEDULE_DAYS_AHEAD_MAX + 1):
        day = today + timedelta(days=ahead)
        moment = at_local(day, clock, place)
        if day.isoweekday() in days and moment > after:
            return moment
    return None
