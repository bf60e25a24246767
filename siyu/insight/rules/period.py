"""Windows of time in the brand's zone. All are half-open: the end is not part of the window.

Times in the lake are UTC without a zone; these functions take and give aware times, `naive` turns them over.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from siyu.kit.time import first_of_month, first_of_week, local_date, midnight, zone_of

Grain = Literal["day", "week", "month"]

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Where "all of history" begins."""
OFFSET_STEP = timedelta(days=7)
"""No zone of the tz database since 1970 changed its offset twice within a week."""
DAY_GRAIN_DAYS_MAX = 92
WEEK_GRAIN_DAYS_MAX = 730


@dataclass(frozen=True)
class Interval:
    """[begins, ends), aware."""

    begins: datetime
    ends: datetime

    @property
    def all_history(self) -> bool:
        return self.begins == EARLIEST


def naive(moment: datetime) -> datetime:
    """`moment` as the lake keeps it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """A time read from the lake, with its zone."""
    return moment.replace(tzinfo=UTC)


def iso(moment: datetime) -> str:
    """`2026-03-18T04:00:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def floor(day: date, grain: Grain) -> date:
    """The first day of the day, week (Monday) or month that `day` is in."""
    if grain == "week":
        return first_of_week(day)
    return first_of_month(day) if grain == "month" else day


def step(day: date, grain: Grain, by: int) -> date:
    """The first day of the bucket `by` buckets after the one that begins on `day`."""
    if grain == "month":
        return first_of_month(day, by)
    return day + timedelta(days=by * (7 if grain == "week" else 1))


def buckets(window: Interval, grain: Grain, zone: str) -> list[date]:
    """The first days of all buckets that `window` touches, in order."""
    if window.ends <= window.begins:
        return []
    at = floor(local_date(window.begins, zone), grain)
    last = local_date(window.ends - timedelta(microseconds=1), zone)
    days = []
    while at <= last:
        days.append(at)
        at = step(at, grain, 1)
    return days


def fitting_grain(window: Interval) -> Grain:
    """Days for up to a quarter, weeks for up to two years, else months."""
    days = (window.ends - window.begins).days
    return "day" if days <= DAY_GRAIN_DAYS_MAX else "week" if days <= WEEK_GRAIN_DAYS_MAX else "month"


def last_days(count: int, as_of: datetime, zone: str) -> Interval:
    """The last `count` calendar days in `zone`, today included as far as `as_of`."""
    return Interval(midnight(local_date(as_of, zone) - timedelta(days=count - 1), zone), as_of)


def before(window: Interval, zone: str) -> Interval | None:
    """The window of the same length just before: by whole days where `window` begins at midnight, so that today up to
    noon is compared with earlier days up to noon. None before all of history."""
    if window.all_history:
        return None
    first = local_date(window.begins, zone)
    if midnight(first, zone) != window.begins:
        length = window.ends - window.begins
        return Interval(window.begins - length, window.begins)
    days = max(1, (local_date(window.ends - timedelta(microseconds=1), zone) - first).days + 1)
    return Interval(_shift(window.begins, -days, zone), min(_shift(window.ends, -days, zone), window.begins))


def _shift(moment: datetime, days: int, zone: str) -> datetime:
    """The same time of day `days` calendar days away in `zone`."""
    return (moment.astimezone(zone_of(zone)) + timedelta(days=days)).astimezone(UTC)


def offsets(zone: str, window: Interval) -> list[tuple[datetime, timedelta]]:
    """The zone's offsets from UTC over `window`: [(valid before this moment, offset), …]; the last holds from there on."""
    spans: list[tuple[datetime, timedelta]] = []
    at, ends = window.begins.replace(microsecond=0), window.ends.replace(microsecond=0) + timedelta(seconds=1)
    current = _offset(zone, at)
    while at < ends:
        upto = min(at + OFFSET_STEP, ends)
        following = _offset(zone, upto)
        if following != current:
            spans.append((_change(zone, at, upto), current))
            current = following
        at = upto
    return [*spans, (ends, current)]


def _offset(zone: str, moment: datetime) -> timedelta:
    return moment.astimezone(zone_of(zone)).utcoffset() or timedelta()


def _change(zone: str, low: datetime, high: datetime) -> datetime:
    """The first second with the offset of `high`; `low` has another one. Both are whole seconds."""
    target = _offset(zone, high)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _offset(zone, middle) == target:
            high = middle
        else:
            low = middle
    return high
