"""Time as the audience language writes it: spans, moments, windows. Half-open, exact to the microsecond."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from siyu.kit.text import LocalizedText
from siyu.kit.time import first_of_month, first_of_quarter, first_of_week, local_date, midnight, zone_of

SPAN_DAYS_MAX = 36_500
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
UNIT_TEXTS: dict[str, LocalizedText] = {
    "s": LocalizedText("秒", "second"),
    "m": LocalizedText("分钟", "minute"),
    "h": LocalizedText("小时", "hour"),
    "d": LocalizedText("天", "day"),
    "w": LocalizedText("周", "week"),
}
YEAR_MIN, YEAR_MAX = 1900, 2200
TICK = timedelta(microseconds=1)
"""The least length of time there is."""

_SPAN = re.compile(r"([1-9]\d{0,9})([smhdw])")


@dataclass(frozen=True)
class Span:
    """A length of time as written: `90d` is Span(90, "d"), exactly 90 x 86,400 seconds."""

    count: int
    unit: str

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.count * UNIT_SECONDS[self.unit])


@dataclass(frozen=True)
class Relative:
    """So long before (`-30d`) or after (`+7d`) the moment of asking."""

    span: Span
    sign: int


@dataclass(frozen=True)
class Day:
    """The start of a calendar day in the workspace's zone."""

    day: date


@dataclass(frozen=True)
class Instant:
    """A moment; without a zone it is the workspace's local time."""

    at: datetime


When = Relative | Day | Instant


def read_span(text: object) -> Span | None:
    """`"90d"` as a Span, or None when it is none or longer than SPAN_DAYS_MAX."""
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) * UNIT_SECONDS[match[2]] > SPAN_DAYS_MAX * 86_400:
        return None
    return Span(int(match[1]), match[2])


def read_when(text: object) -> When | None:
    """`"-30d"`, `"+7d"`, `"2024-01-31"` or an ISO 8601 time; None when it is none of them."""
    if not isinstance(text, str):
        return None
    if text[:1] in ("-", "+"):
        span = read_span(text[1:])
        return None if span is None else Relative(span, -1 if text[0] == "-" else 1)
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return Day(day) if YEAR_MIN <= day.year <= YEAR_MAX else None
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Instant(at) if YEAR_MIN <= at.year <= YEAR_MAX else None


def in_order(low: When, high: When) -> bool:
    """False when two moments of one kind are equal or plainly the wrong way round; others are known only when asked."""
    if isinstance(low, Day) and isinstance(high, Day):
        return low.day < high.day
    if isinstance(low, Relative) and isinstance(high, Relative):
        return low.sign * low.span.length < high.sign * high.span.length
    if isinstance(low, Instant) and isinstance(high, Instant) and bool(low.at.tzinfo) == bool(high.at.tzinfo):
        return low.at < high.at
    return True


def instant(when: When, now: datetime, zone: str) -> datetime:
    """`when` as an aware UTC moment, asked at `now`."""
    if isinstance(when, Relative):
        return now + when.sign * when.span.length
    if isinstance(when, Day):
        return midnight(when.day, zone)
    return (when.at if when.at.tzinfo else when.at.replace(tzinfo=zone_of(zone))).astimezone(UTC)


def days_to_anniversary(day: date, today: date) -> int:
    """Days from `today` to the next anniversary of `day` (0: today); 29 February is kept on the 28th in other years."""

    def in_year(year: int) -> date:
        try:
            return day.replace(year=year)
        except ValueError:
            return date(year, 2, 28)

    coming = in_year(today.year)
    return ((coming if coming >= today else in_year(today.year + 1)) - today).days


@dataclass(frozen=True)
class Calendar:
    """A calendar period around a local day: what it is called, its first day and the day after its last."""

    text: LocalizedText
    first: Callable[[date], date]
    after: Callable[[date], date]


def _period(zh: str, en: str, first: Callable[[date], date], after: Callable[[date], date]) -> Calendar:
    return Calendar(LocalizedText(zh, en), first, after)


CALENDARS: dict[str, Calendar] = {
    "today": _period("今天", "today", lambda d: d, lambda d: d + timedelta(1)),
    "yesterday": _period("昨天", "yesterday", lambda d: d - timedelta(1), lambda d: d),
    "this_week": _period("本周", "this week", first_of_week, lambda d: first_of_week(d) + timedelta(7)),
    "last_week": _period("上周", "last week", lambda d: first_of_week(d) - timedelta(7), first_of_week),
    "this_month": _period("本月", "this month", first_of_month, lambda d: first_of_month(d, 1)),
    "last_month": _period("上月", "last month", lambda d: first_of_month(d, -1), first_of_month),
    "this_quarter": _period(
        "本季度", "this quarter", first_of_quarter, lambda d: first_of_month(first_of_quarter(d), 3)
    ),
    "this_year": _period("今年", "this year", lambda d: date(d.year, 1, 1), lambda d: date(d.year + 1, 1, 1)),
    "last_year": _period("去年", "last year", lambda d: date(d.year - 1, 1, 1), lambda d: date(d.year, 1, 1)),
}
"""Calendar windows. Weeks begin on Monday."""

WINDOW_KEYS = ("within", "between", "since")
"""How a window is written: one of these beside the rest of a condition."""


@dataclass(frozen=True)
class Window:
    """Which facts count: `within` a span before now, a calendar period, or from `start` to `end`; all open means ever."""

    within: Span | None = None
    calendar: str | None = None
    start: When | None = None
    end: When | None = None

    def bounds(self, now: datetime, zone: str) -> tuple[datetime | None, datetime]:
        """[from, to) at `now`, UTC; never past `now`. From is None for `ever`."""
        if self.within is not None:
            return now - self.within.length, now
        if self.calendar is not None:
            today = local_date(now, zone)
            calendar = CALENDARS[self.calendar]
            return midnight(calendar.first(today), zone), min(midnight(calendar.after(today), zone), now)
        start = None if self.start is None else instant(self.start, now, zone)
        return start, now if self.end is None else min(instant(self.end, now, zone), now)


EVER = Window()
