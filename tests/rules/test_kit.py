"""What all rooms count with: days and months of a calendar, moments of a zone, money as people read it."""

from datetime import UTC, date, datetime, time

import pytest

from siyu.kit.money import money
from siyu.kit.numbers import number, percent
from siyu.kit.time import at_local, first_of_month, first_of_quarter, first_of_week, local_date, midnight, zone_or


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2026, 3, 31), 0, date(2026, 3, 1)),
        (date(2026, 3, 31), -1, date(2026, 2, 1)),
        (date(2026, 1, 15), -1, date(2025, 12, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 1)),
    ],
)
def test_months_are_counted_across_the_year(day: date, months: int, first: date) -> None:
    assert first_of_month(day, months) == first


def test_weeks_begin_on_monday_and_quarters_with_their_month() -> None:
    assert first_of_week(date(2026, 3, 1)) == date(2026, 2, 23)
    assert first_of_quarter(date(2026, 6, 30)) == date(2026, 4, 1)


def test_a_local_day_is_the_zones_own() -> None:
    late = datetime(2026, 3, 17, 17, tzinfo=UTC)
    assert local_date(late, "Asia/Shanghai") == date(2026, 3, 18)
    assert midnight(date(2026, 3, 18), "Asia/Shanghai") == datetime(2026, 3, 17, 16, tzinfo=UTC)


def test_an_hour_that_summer_time_skips_comes_after_the_skip() -> None:
    zone = zone_or("America/New_York", "UTC")
    assert at_local(date(2026, 3, 8), time(2, 30), zone) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "Asia"])
def test_a_zone_nobody_knows_gives_way_to_the_brands(name: str | None) -> None:
    assert str(zone_or(name, "Asia/Shanghai")) == "Asia/Shanghai"


def test_figures_as_people_read_them() -> None:
    assert (money(1_234_567, "CNY"), money(-100, "CNY"), money(None, "CNY")) == ("¥12,345.67", "-¥1.00", "—")
    assert money(1_234, "JPY") == "JP¥1,234"
    assert (number(12_480), number(1_234.56), number(None)) == ("12,480", "1,234.6", "—")
    assert percent(0.125) == "12.5%"
