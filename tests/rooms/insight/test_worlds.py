"""Every report against a plain-Python twin over the same random facts: merges, walk-ins, zones, edges of windows."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.insight.rules.metrics import ACTIVE_KINDS
from tests.rooms.insight.worlds import NOW, RUNS, Happened, World, answer, crowded, opened, worlds


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    yield from opened()


# --- the twins


def in_window(facts: list[Happened], begins: datetime, ends: datetime) -> list[Happened]:
    return [f for f in facts if begins <= f.at < ends]


def first_joined(facts: list[Happened], before: datetime) -> dict[int, datetime]:
    firsts: dict[int, datetime] = {}
    for f in facts:
        if f.name == "member_created" and f.member and f.at < before:
            firsts[f.member] = min(f.at, firsts.get(f.member, f.at))
    return firsts


def totals(facts: list[Happened], begins: datetime, ends: datetime) -> dict[str, Any]:
    joined = first_joined(facts, ends)
    seen = in_window(facts, begins, ends)
    orders = [f for f in seen if f.name == "order_paid"]
    bought: dict[int, int] = defaultdict(int)
    for f in orders:
        if f.member:
            bought[f.member] += 1
    campaigns = [f for f in seen if f.name == "campaign_sent"]
    return {
        "members": len(joined),
        "new_members": sum(begins <= at for at in joined.values()),
        "active_members": len({f.member for f in seen if f.name in ACTIVE_KINDS and f.member}),
        "orders": len(orders),
        "order_lines": sum(f.lines for f in orders),
        "sales_fen": sum(f.amount for f in orders),
        "refunded_fen": sum(f.amount for f in seen if f.name == "order_refunded"),
        "buyers": len(bought),
        "repeat_buyers": sum(count >= 2 for count in bought.values()),
        "campaigns": len({f.lines for f in campaigns}),
        "campaign_members": len({f.member for f in campaigns if f.member}),
        "redeemers": len({f.member for f in seen if f.name == "coupon_redeemed" and f.member}),
    }


def funnel(facts: list[Happened], steps: list[set[str]], begins: datetime, ends: datetime, days: int) -> list[int]:
    """Every start is tried; from each the earliest next instant is taken, which loses nothing."""
    joined = first_joined(facts, NOW)
    by_member: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for f in facts:
        if f.member and f.name != "member_created" and f.at < NOW:
            by_member[f.member].append((f.at, f.name))
    for member, at in joined.items():
        by_member[member].append((at, "member_created"))
    counts = [0] * len(steps)
    for events in by_member.values():
        depth = 0
        for start in {at for at, name in events if name in steps[0] and begins <= at < ends}:
            at, reached = start, 1
            for index, kinds in enumerate(steps[1:], start=1):
                strict = any(kinds & earlier for earlier in steps[:index])
                later = [
                    t
                    for t, name in events
                    if name in kinds
                    and (t > at if strict else t >= at)
                    and (not days or t < start + timedelta(days=days))
                ]
                if not later:
                    break
                at, reached = min(later), reached + 1
            depth = max(depth, reached)
        for index in range(depth):
            counts[index] += 1
    return counts


def floor(at: datetime, zone: str, grain: str) -> date:
    day = at.astimezone(ZoneInfo(zone)).date()
    return day - timedelta(days=day.weekday()) if grain == "week" else day.replace(day=1)


def following(day: date, grain: str, by: int) -> date:
    if grain == "week":
        return day + timedelta(weeks=by)
    months = day.year * 12 + day.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def retained(world: World, grain: str, by: str, periods: int) -> dict[date, tuple[int, list[int | None]]]:
    known = [f for f in world.facts if f.at < NOW]
    firsts = first_joined(known, NOW) if by == "joined" else {}
    seen: dict[int, set[date]] = defaultdict(set)
    for f in known:
        if f.name == "order_paid" and f.member:
            seen[f.member].add(floor(f.at, world.zone, grain))
            if by == "first_order":
                firsts[f.member] = min(f.at, firsts.get(f.member, f.at))
    newest = floor(NOW - timedelta(microseconds=1), world.zone, grain)
    cells = {}
    for back in range(11, -1, -1):
        cohort = following(newest, grain, -back)
        members = [m for m, at in firsts.items() if floor(at, world.zone, grain) == cohort]
        counts: list[int | None] = []
        for n in range(periods + 1):
            end = following(cohort, grain, n + 1)
            over = datetime(end.year, end.month, end.day, tzinfo=ZoneInfo(world.zone)) <= NOW
            counts.append(sum(following(cohort, grain, n) in seen[m] for m in members) if over else None)
        cells[cohort] = (len(members), counts)
    return cells


# --- the comparisons


@RUNS
@given(world=worlds(), days=st.sampled_from([1, 7, 30]))
def test_overview_equals_its_twin(cursor: duckdb.DuckDBPyConnection, world: World, days: int) -> None:
    rows = {row["part"]: row for row in answer(cursor, "overview", world, {"period": f"{days}d"}).rows}
    zone = ZoneInfo(world.zone)
    local = NOW.astimezone(zone)
    today = (NOW - timedelta(microseconds=1)).astimezone(zone)  # at midnight the day that has just ended
    begins = (today - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for part, shift in (("current", 0), ("previous", days)):
        low = (begins - timedelta(days=shift)).astimezone(UTC)
        high = (local - timedelta(days=shift)).astimezone(UTC)
        expected = totals(world.facts, low, high)
        assert {name: rows[part][name] for name in expected} == expected
    now = rows["current"]
    assert now["net_sales_fen"] == now["sales_fen"] - now["refunded_fen"]
    assert now["repurchase_rate"] == (now["repeat_buyers"] / now["buyers"] if now["buyers"] else None)


@RUNS
@given(world=worlds(), grain=st.sampled_from(["day", "week", "month"]))
def test_the_trend_adds_up_to_the_total(cursor: duckdb.DuckDBPyConnection, world: World, grain: str) -> None:
    shaped = answer(cursor, "trend", world, {"from": "2026-01-20", "to": "2026-03-12", "grain": grain})
    zone = ZoneInfo(world.zone)
    begins, ends = datetime(2026, 1, 20, tzinfo=zone), datetime(2026, 3, 12, tzinfo=zone)
    expected = totals(world.facts, begins.astimezone(UTC), ends.astimezone(UTC))
    assert sum(row["sales_fen"] for row in shaped.rows) == expected["sales_fen"]
    assert sum(row["orders"] for row in shaped.rows) == expected["orders"]
    assert sum(row["new_members"] for row in shaped.rows) == expected["new_members"]
    assert shaped.rows[-1]["members"] == expected["members"]
    by_day: dict[str, int] = defaultdict(int)
    for f in in_window(world.facts, begins, ends):
        if f.name == "order_paid":
            day = f.at.astimezone(zone).date() if grain == "day" else floor(f.at, world.zone, grain)
            by_day[day.isoformat()] += 1
    assert {row["date"]: row["orders"] for row in shaped.rows if row["orders"]} == dict(by_day)


STEPS = (
    "member_created,message_delivered|campaign_sent,order_paid,order_paid",
    "order_paid,coupon_redeemed,order_paid",
)


@RUNS
@given(world=st.one_of(crowded(), worlds()), steps=st.sampled_from(STEPS), days=st.sampled_from([0, 1, 3, 5]))
def test_the_funnel_equals_its_twin(cursor: duckdb.DuckDBPyConnection, world: World, steps: str, days: int) -> None:
    filters = {"steps": steps, "within_days": str(days), "from": "2026-03-02", "to": "2026-03-12"}
    rows = answer(cursor, "funnel", world, filters).rows
    zone = ZoneInfo(world.zone)
    sets = [set(step.split("|")) for step in steps.split(",")]
    expected = funnel(
        world.facts,
        sets,
        datetime(2026, 3, 2, tzinfo=zone),
        datetime(2026, 3, 12, tzinfo=zone),
        days,
    )
    assert [row["members"] for row in rows] == expected


@RUNS
@given(world=worlds(), grain=st.sampled_from(["week", "month"]), by=st.sampled_from(["first_order", "joined"]))
def test_retention_equals_its_twin(cursor: duckdb.DuckDBPyConnection, world: World, grain: str, by: str) -> None:
    filters = {"grain": grain, "by": by, "periods": "4", "measure": "members"}
    rows = answer(cursor, "retention", world, filters).rows
    expected = retained(world, grain, by, 4)
    assert {row["cohort"]: (row["members"], [row[f"p{n}"] for n in range(5)]) for row in rows} == {
        day.isoformat(): value for day, value in expected.items()
    }
