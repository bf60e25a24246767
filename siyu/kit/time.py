"""Zones and calendars: where local days, weeks, months and times of day become moments, and back. Moments are aware, in UTC."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dateutil.relativedelta import relativedelta

from siyu.kit.errors import OutOfRange
from siyu.kit.text import LocalizedText

_UNITS = ((86_400, "天", "day"), (3_600, "小时", "hour"), (60, "分钟", "minute"))


@cache
def known_zones() -> frozenset[str]:
    """Every name that the tz database knows."""
    return frozenset(available_timezones())


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; raises ZoneInfoNotFoundError or ValueError."""
    return ZoneInfo(name)


EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Moments that platforms tell lie between these: Postgres, DuckDB and Python agree about all of them."""


def moment_of(seconds: str | int | float) -> datetime:
    """The moment so many seconds after 1970 that a platform tells; raises OutOfRange unless it lies in EARLIEST..LATEST."""
    try:
        moment = datetime.fromtimestamp(float(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise OutOfRange("a moment that cannot be") from None
    if not EARLIEST <= moment < LATEST:
        raise OutOfRange("a moment that cannot be")
    return moment


def zone_or(name: str | None, fallback: str) -> ZoneInfo:
    """The zone called `name`, or `fallback` when there is no name or none that the tz database knows."""
    try:
        return zone_of(name or fallback)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return zone_of(fallback)


def local_date(at: datetime, zone: str) -> date:
    """The calendar day in `zone` that `at` falls on."""
    return at.astimezone(zone_of(zone)).date()


def at_local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """`clock` on `day` in `zone`. In the hour that summer time skips it is the same distance after the skip."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def midnight(day: date, zone: str) -> datetime:
    """The moment `day` begins in `zone`; where the clock skips midnight, the first moment that exists."""
    return at_local(day, time(), zone_of(zone))


def first_of_week(day: date) -> date:
    """The Monday of the week that `day` is in."""
    return day - timedelta(days=day.weekday())


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month that `day` is in, or of the one so many `months` later (negative: earlier)."""
    first: date = day.replace(day=1) + relativedelta(months=months)
    return first


def first_of_quarter(day: date) -> date:
    """The first day of the quarter of the year that `day` is in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def iso_day(value: date | datetime) -> str:
    """`2026-03-18`."""
    return value.strftime("%Y-%m-%d")


def local_minute(at: datetime, zone: str) -> str:
    """`2026-03-18 12:00`, as the clock in `zone` showed it."""
    return at.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M")


def duration_text(seconds: int) -> LocalizedText:
    """A length of time in its largest whole unit: "3 天" / "3 days"."""
    for unit_s, zh, en in _UNITS:
        if seconds % unit_s == 0 and seconds >= unit_s:
            count = seconds // unit_s
            return LocalizedText(f"{count} {zh}", f"{count} {en}{'' if count == 1 else 's'}")
    return LocalizedText(f"{seconds} 秒", f"{seconds} second{'' if seconds == 1 else 's'}")


WEEKDAYS: tuple[LocalizedText, ...] = tuple(
    LocalizedText(f"周{zh}", en)
    for zh, en in zip(
        "一二三四五六日",
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
"""The days of the week, Monday first (ISO 8601)."""


def clock_time(value: str) -> time:
    """ "09:30" as a time; raises ValueError for anything else."""
    if len(value) != 5 or value[2] != ":" or not (value[:2] + value[3:]).isdigit():
        raise ValueError(value)
    return time(int(value[:2]), int(value[3:]))


def is_clock_time(value: str) -> bool:
    """Whether `value` is a time as "09:30"."""
    try:
        clock_time(value)
    except ValueError:
        return False
    return True
