"""Regulars who are late by their own measure, counted again in plain Python."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.insight.reports.warning import VISITS_MIN, WITHIN
from tests.rooms.insight.worlds import MERGES, NOW, RUNS, STRANGER, WORKSPACE, ZONES, Happened, World, answer, opened


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    yield from opened()


def worlds() -> st.SearchStrategy[World]:
    """People who come every so many days and then stay away; some orders beside midnight and beside the edges."""
    at = st.one_of(
        st.builds(lambda step, times: NOW - timedelta(days=20 + step * times), st.integers(3, 6), st.integers(0, 5)),
        st.integers(0, 70).map(lambda days: NOW - timedelta(days=days, hours=12)),
        st.sampled_from((60, 365)).flatmap(
            lambda days: st.sampled_from((-1, 0, 1)).map(
                lambda off: NOW - timedelta(days=days) + timedelta(microseconds=off)
            )
        ),
    )
    member = st.sampled_from((None, 1, 1, 1, 2, 2, 2, 3, 4, 6))
    order = st.builds(Happened, st.just("order_paid"), member, at, st.integers(0, 900), st.just(1))
    recorded = st.lists(st.tuples(st.sampled_from((WORKSPACE,) * 7 + (STRANGER,)), order), min_size=10, max_size=60)
    return st.builds(World, recorded, st.sampled_from(MERGES), st.sampled_from(ZONES))


def late(world: World, times: int) -> dict[int, tuple[int, int, int, int]]:
    """{member: (days away, usual interval, visits, spent)}"""
    zone = ZoneInfo(world.zone)
    visits: dict[int, set[date]] = defaultdict(set)
    spent: dict[int, int] = defaultdict(int)
    last: dict[int, datetime] = {}
    for fact in world.facts:
        if fact.member and NOW - WITHIN <= fact.at < NOW:
            visits[fact.member].add(fact.at.astimezone(zone).date())
            spent[fact.member] += fact.amount
            last[fact.member] = max(fact.at, last.get(fact.member, fact.at))
    intervals = {}
    for member, seen in visits.items():
        if len(seen) < VISITS_MIN or last[member] < NOW - timedelta(days=60):
            continue
        days = sorted(seen)
        usual = median_low([(b - a).days for a, b in itertools.pairwise(days)])
        away = (NOW.astimezone(zone).date() - days[-1]).days
        if away > times * usual:
            intervals[member] = (away, usual, len(days), spent[member])
    return intervals


@RUNS
@given(world=worlds(), times=st.sampled_from((2, 3)))
def test_the_late_equal_their_twin(cursor: duckdb.DuckDBPyConnection, world: World, times: int) -> None:
    shaped = answer(cursor, "warning", world, {"times": str(times)})
    at_risk = {
        row["member"]: (row["late_days"], row["usual_days"], row["visits"], row["spent_fen"]) for row in shaped.rows
    }
    expected = late(world, times)
    assert at_risk == expected
    assert [row["member"] for row in shaped.rows] == sorted(expected, key=lambda member: (-expected[member][3], member))
    if shaped.chart is None:
        assert not expected
        return
    ratios = [away / usual / times for away, usual, _, _ in expected.values()]
    assert shaped.chart.series[0].data == [
        sum(low < ratio <= high for ratio in ratios) for low, high in ((1, 2), (2, 4), (4, 10**9))
    ]


def test_a_regular_who_is_late_is_found(cursor: duckdb.DuckDBPyConnection) -> None:
    every_week = [Happened("order_paid", 1, NOW - timedelta(days=15 + 7 * n), 1_000, 1) for n in range(4)]
    world = World([(WORKSPACE, order) for order in every_week], {}, "Asia/Shanghai")
    assert late(world, 2) == {1: (15, 7, 4, 4_000)}
    assert "1 位常客已经超过自己平常间隔的 2 倍" in answer(cursor, "warning", world, {}).answer.zh
