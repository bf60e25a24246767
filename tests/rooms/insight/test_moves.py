"""Moves between lifecycle stages against the pure rule of the stages, and against the audience each move can be kept as."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.audience.language import lifecycle
from siyu.audience.language.check import check_tree
from siyu.audience.language.evaluate import Event, MemberView, evaluate
from siyu.audience.language.schema import BUILT_IN, Schema
from siyu.insight.reports.stages import NOW as NOW_STAGES
from siyu.insight.rules.stages import ABSENT, NONE, STAGE_LABELS, move
from tests.rooms.insight.worlds import MERGES, NOW, RUNS, STRANGER, WORKSPACE, ZONES, Happened, World, answer, opened

DAYS = (1, 30, 45)
THRESHOLDS = (0, 15, 30, 60, 90, 180, 260)
Orders = dict[int, list[datetime]]


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    yield from opened()


def edges() -> st.SearchStrategy[World]:
    """Orders on and beside every threshold of the stages, seen from now and from each moment that is compared with."""
    at = st.builds(
        lambda back, threshold, off: NOW - timedelta(days=back + threshold) + timedelta(microseconds=off),
        st.sampled_from((0, *DAYS)),
        st.sampled_from(THRESHOLDS),
        st.sampled_from((0, -1, 1)),
    )
    member = st.sampled_from((None, 1, 1, 1, 1, 2, 2, 3, 4, 6))
    order = st.builds(Happened, st.just("order_paid"), member, at, st.just(100), st.just(1))
    recorded = st.lists(st.tuples(st.sampled_from((WORKSPACE,) * 5 + (STRANGER,)), order), max_size=40)
    return st.builds(World, recorded, st.sampled_from(MERGES), st.sampled_from(ZONES))


def orders_of(world: World) -> Orders:
    orders: Orders = defaultdict(list)
    for fact in world.facts:
        if fact.member and fact.name == "order_paid" and fact.at < NOW:
            orders[fact.member].append(fact.at)
    return orders


def staged(world: World, member: int, orders: list[datetime], at: datetime) -> str:
    known = [moment for moment in orders if moment < at]
    recent = sum(moment >= at - lifecycle.CORE_WITHIN for moment in known)
    stage = lifecycle.stage(min(known, default=None), max(known, default=None), recent, at)
    return stage or (NONE if world.created(member) < at else ABSENT)


def expected(world: World, days: int) -> Counter[tuple[str, str]]:
    orders = orders_of(world)
    then = NOW - timedelta(days=days)
    return Counter(
        (staged(world, member, orders[member], then), staged(world, member, orders[member], NOW))
        for member in world.members
    )


@RUNS
@given(world=edges(), days=st.sampled_from(DAYS))
def test_moves_equal_the_rule_at_both_moments(cursor: duckdb.DuckDBPyConnection, world: World, days: int) -> None:
    shaped = answer(cursor, "stages", world, {"back_days": str(days)})
    assert {(row["was_key"], row["stage_key"]): row["members"] for row in shaped.rows} == dict(expected(world, days))
    assert sum(row["members"] for row in shaped.rows) == len(world.members)
    assert shaped.chart is not None
    drawn = {
        (series.name.en, name.en): value
        for series in shaped.chart.series
        for name, value in zip(shaped.chart.x, series.data, strict=True)
        if value is not None
    }
    assert drawn == {(row["was"].en, row["stage"].en): row["members"] for row in shaped.rows}


@RUNS
@given(world=edges(), days=st.sampled_from(DAYS))
def test_a_move_is_the_audience_it_can_be_kept_as(cursor: duckdb.DuckDBPyConnection, world: World, days: int) -> None:
    """Every move there could be, so that one that nobody made is an empty audience."""
    schema = Schema(world.zone, "CNY", {field.name: field for field in BUILT_IN})
    orders = orders_of(world)
    views = [
        MemberView(
            member,
            world.created(member),
            events=tuple(Event("order_paid", at, {"amount": 100}) for at in orders[member]),
        )
        for member in world.members
    ]
    moves = expected(world, days)
    for was in STAGE_LABELS:
        for became in NOW_STAGES:
            tree = check_tree(move(was, became, days), schema)
            inside = sum(evaluate(tree, view, NOW, world.zone) for view in views)
            assert inside == moves[was, became], (was, became)


@RUNS
@given(world=edges(), days=st.sampled_from(DAYS))
def test_stages_add_up_to_the_moves(cursor: duckdb.DuckDBPyConnection, world: World, days: int) -> None:
    rows = answer(cursor, "stages", world, {"back_days": str(days), "by": "stages"}).rows
    moves = expected(world, days)
    for row in rows:
        key = row["stage_key"]
        assert row["members"] == sum(count for (_, became), count in moves.items() if became == key)
        assert row["before"] == sum(count for (was, _), count in moves.items() if was == key)
        assert {was: row[f"from_{was}"] for was in STAGE_LABELS} == {was: moves[was, key] for was in STAGE_LABELS}


def test_a_past_moment_offers_no_audience(cursor: duckdb.DuckDBPyConnection) -> None:
    world = World([], {}, "Asia/Shanghai")
    trees = [row["tree"] for row in answer(cursor, "stages", world, {"as_of": "2026-03-17"}).rows]
    assert trees and set(trees) == {None}
    narrowed: list[Any] = [row["tree"] for row in answer(cursor, "stages", world, {"audience": "常客"}).rows]
    assert all(tree["all"][-1] == {"audience": "常客"} for tree in narrowed)
