"""Time in the language: to the microsecond, in the workspace's zone, over leap days and clock changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from siyu.audience.language.check import check_tree
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.evaluate import Event, MemberView, evaluate
from siyu.audience.language.schema import BUILT_IN, ProfileField, Schema
from siyu.audience.language.time_dependence import changes_at
from siyu.audience.language.time_windows import CALENDARS, Window, days_to_anniversary, read_span, read_when
from siyu.kit.text import LocalizedText

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"
TICK = timedelta(microseconds=1)
BORN = ProfileField("born", "date", LocalizedText("生日", "Born"), None, True)


def schema() -> Schema:
    return Schema(ZONE, "CNY", {field.name: field for field in (*BUILT_IN, BORN)})


def member(*orders: datetime, **more: Any) -> MemberView:
    events = tuple(Event("order_paid", at, {"amount": 100}) for at in orders)
    return MemberView(**{"id": 1, "created_at": NOW - timedelta(days=400), "events": events, **more})


def holds(tree: Any, who: MemberView, now: datetime = NOW) -> bool:
    return evaluate(check_tree(tree, schema()), who, now, ZONE)


def test_a_window_is_half_open_to_the_microsecond() -> None:
    within = {"did": {"fact": "order_paid", "within": "90d"}}
    edge = NOW - timedelta(days=90)
    assert holds(within, member(edge))
    assert not holds(within, member(edge - TICK))
    assert holds(within, member(NOW - TICK))
    assert not holds(within, member(NOW))
    assert not holds(within, member(NOW + timedelta(seconds=1)))


def test_before_and_after_part_the_line_between_them() -> None:
    edge = NOW - timedelta(days=60)
    for at, before in ((edge - TICK, True), (edge, False), (edge + TICK, False)):
        assert holds({"did": {"fact": "order_paid", "last": {"before": "-60d"}}}, member(at)) is before
        assert holds({"did": {"fact": "order_paid", "last": {"after": "-60d"}}}, member(at)) is not before


def test_the_last_order_counts_not_an_older_one() -> None:
    silent = {"did": {"fact": "order_paid", "last": {"before": "-60d"}}}
    assert holds(silent, member(NOW - timedelta(days=61), NOW - timedelta(days=90)))
    assert not holds(silent, member(NOW - timedelta(days=61), NOW - timedelta(days=3)))
    assert not holds(silent, member())
    # a fact of the future has not happened
    assert holds(silent, member(NOW - timedelta(days=61), NOW + timedelta(days=1)))


def test_never_is_a_count_of_zero() -> None:
    never = {"did": {"fact": "order_paid", "count": {"is": 0}, "within": "30d"}}
    assert holds(never, member())
    assert holds(never, member(NOW - timedelta(days=31)))
    assert not holds(never, member(NOW - timedelta(days=29)))
    assert not holds({"did": {"fact": "order_paid", "sum": {"prop": "amount", "<": 100}}}, member())


CALENDAR_CASES = [
    # name, now (UTC), zone, from, to (UTC; to is never past now)
    ("today", "2026-03-18T04:00", "Asia/Shanghai", "2026-03-17T16:00", "2026-03-18T04:00"),
    ("yesterday", "2026-03-18T04:00", "Asia/Shanghai", "2026-03-16T16:00", "2026-03-17T16:00"),
    ("this_week", "2026-03-18T04:00", "Asia/Shanghai", "2026-03-15T16:00", "2026-03-18T04:00"),
    ("last_week", "2026-03-18T04:00", "Asia/Shanghai", "2026-03-08T16:00", "2026-03-15T16:00"),
    ("this_month", "2026-03-31T16:30", "Asia/Shanghai", "2026-03-31T16:00", "2026-03-31T16:30"),
    ("this_month", "2026-03-31T15:59", "Asia/Shanghai", "2026-02-28T16:00", "2026-03-31T15:59"),
    ("last_month", "2026-01-10T00:00", "UTC", "2025-12-01T00:00", "2026-01-01T00:00"),
    ("this_quarter", "2026-05-10T00:00", "UTC", "2026-04-01T00:00", "2026-05-10T00:00"),
    ("this_year", "2025-12-31T16:00", "Asia/Shanghai", "2025-12-31T16:00", "2025-12-31T16:00"),
    ("last_year", "2026-06-01T00:00", "UTC", "2025-01-01T00:00", "2026-01-01T00:00"),
    # clocks go forward in New York at 07:00 UTC: the day begins in winter time
    ("today", "2026-03-08T20:00", "America/New_York", "2026-03-08T05:00", "2026-03-08T20:00"),
    ("yesterday", "2026-03-09T12:00", "America/New_York", "2026-03-08T05:00", "2026-03-09T04:00"),
]


@pytest.mark.parametrize(("name", "now", "zone", "low", "high"), CALENDAR_CASES)
def test_calendar_windows_follow_the_zone(name: str, now: str, zone: str, low: str, high: str) -> None:
    bounds = Window(calendar=name).bounds(datetime.fromisoformat(now).replace(tzinfo=UTC), zone)
    assert bounds == (datetime.fromisoformat(low).replace(tzinfo=UTC), datetime.fromisoformat(high).replace(tzinfo=UTC))


def test_every_calendar_window_has_its_case() -> None:
    assert {case[0] for case in CALENDAR_CASES} == set(CALENDARS)


def test_a_day_begins_at_midnight_in_the_zone() -> None:
    since = {"did": {"fact": "order_paid", "since": "2026-03-01"}}
    midnight = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
    assert holds(since, member(midnight))
    assert not holds(since, member(midnight - TICK))
    between = {"did": {"fact": "order_paid", "between": ["2026-03-01", "2026-03-02"]}}
    assert holds(between, member(midnight + timedelta(days=1) - TICK))
    assert not holds(between, member(midnight + timedelta(days=1)))
    local = {"did": {"fact": "order_paid", "since": "2026-03-01T08:00:00"}}
    assert holds(local, member(datetime(2026, 3, 1, 0, 0, tzinfo=UTC)))
    assert not holds(local, member(datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("born", "today", "days"),
    [
        ("2000-03-18", "2026-03-18", 0),
        ("2000-03-17", "2026-03-18", 364),
        ("2000-02-29", "2026-02-28", 0),
        ("2000-02-29", "2026-03-01", 364),
        ("2000-02-29", "2028-02-28", 1),
        ("2000-12-31", "2026-12-31", 0),
        ("2000-01-01", "2026-12-31", 1),
    ],
)
def test_anniversaries(born: str, today: str, days: int) -> None:
    assert days_to_anniversary(date.fromisoformat(born), date.fromisoformat(today)) == days


def test_seven_days_of_anniversary_are_today_and_the_six_after() -> None:
    soon = {"profile": {"field": "born", "anniversary_within": "7d"}}
    assert holds(soon, member(attributes={"born": "1990-03-18"}))
    assert holds(soon, member(attributes={"born": "1990-03-24"}))
    assert not holds(soon, member(attributes={"born": "1990-03-25"}))
    assert not holds(soon, member(attributes={"born": "1990-03-17"}))
    assert not holds(soon, member())


@pytest.mark.parametrize("text", ["", "d", "0d", "-1d", "1y", "1 d", "١d", "1.5d", "36501d", 90, None])
def test_what_is_no_span(text: Any) -> None:
    assert read_span(text) is None


@pytest.mark.parametrize(
    "text", ["", "now", "-d", "2026-13-01", "2026-02-30", "1700-01-01", "20260101T", 1, None, "--1d"]
)
def test_what_is_no_moment(text: Any) -> None:
    assert read_when(text) is None


def leaf(tree: Any) -> Condition:
    parsed: Any = check_tree(tree, schema())
    assert isinstance(parsed, Condition)
    return parsed


def test_time_alone_turns_a_condition_at_a_known_moment() -> None:
    ordered = NOW - timedelta(days=80)
    regular = leaf({"did": {"fact": "order_paid", "within": "90d"}})
    assert changes_at(regular, member(ordered), NOW, ZONE) == ordered + timedelta(days=90) + TICK
    silent = leaf({"did": {"fact": "order_paid", "last": {"before": "-60d"}}})
    fresh = NOW - timedelta(days=3)
    assert changes_at(silent, member(ordered, fresh), NOW, ZONE) == fresh + timedelta(days=60) + TICK
    assert changes_at(silent, member(ordered), NOW, ZONE) is None
    several = leaf({"did": {"fact": "order_paid", "count": {">=": 2}, "within": "90d"}})
    assert changes_at(several, member(ordered, fresh), NOW, ZONE) == ordered + timedelta(days=90) + TICK
    today = leaf({"did": {"fact": "order_paid", "within": "today"}})
    assert changes_at(today, member(NOW - timedelta(hours=1)), NOW, ZONE) == datetime(2026, 3, 18, 16, 0, tzinfo=UTC)
    tag = leaf({"tag": {"any": ["vip"]}})
    until = NOW + timedelta(days=2)
    assert changes_at(tag, member(tags=(("vip", until),)), NOW, ZONE) == until
    assert changes_at(tag, member(tags=(("vip", None),)), NOW, ZONE) is None
    born = leaf({"profile": {"field": "born", "anniversary_within": "1d"}})
    birthday = changes_at(born, member(attributes={"born": "1990-03-20"}), NOW, ZONE)
    assert birthday == datetime(2026, 3, 19, 16, 0, tzinfo=UTC)
    assert changes_at(leaf({"stage": ["lost"]}), member(ordered), NOW, ZONE) == ordered + timedelta(days=180) + TICK
