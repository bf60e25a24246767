"""Reports: funnel, retention and RFM over all facts, against hand-written DuckDB on native tables; answers compared first."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from benchmarks import made, world
from benchmarks.figures import Figure, Found
from benchmarks.ground import NOW, ZONE, Ground, Wrong, in_thread, stage, usual
from benchmarks.world import Size
from siyu.insight import queries

NAME = "reports"
SIZES = {"small": world.size(200_000), "full": world.size(20_000_000)}
RATIO_MOST = 1.5
"""A report may take so many times the hand-written query."""
PERIODS = 8
COHORTS = 12
SCORES = (0.2, 0.4, 0.6, 0.8)

AT = "TIMESTAMP '2026-03-18 04:00:00'"
LOCAL = "INTERVAL '8' HOUR"
"""Shanghai has had one offset all the while."""

Hand = Callable[[duckdb.DuckDBPyConnection], Any]

_FIRST = f"SELECT member_id, min(occurred_at) AS moment FROM fact WHERE name = 'member_created' AND occurred_at < {AT} GROUP BY 1"
_TOUCH = f"SELECT member_id, occurred_at AS moment FROM fact WHERE name IN ('message_delivered', 'campaign_sent') AND occurred_at < {AT}"
_PAID = f"SELECT member_id, occurred_at AS moment FROM fact WHERE name = 'order_paid' AND occurred_at < {AT}"
_LIMITED = "< s.start + INTERVAL '365' DAY"

FUNNEL = f"""
    WITH s1 AS (SELECT member_id, moment AS start, moment FROM ({_FIRST})),
    s2 AS (SELECT s.member_id, any_value(s.start) AS start, min(e.moment) AS moment FROM s1 s JOIN ({_TOUCH}) e USING (member_id)
           WHERE e.moment >= s.moment AND e.moment {_LIMITED} GROUP BY 1),
    s3 AS (SELECT s.member_id, any_value(s.start) AS start, min(e.moment) AS moment FROM s2 s JOIN ({_PAID}) e USING (member_id)
           WHERE e.moment >= s.moment AND e.moment {_LIMITED} GROUP BY 1),
    s4 AS (SELECT DISTINCT s.member_id FROM s3 s JOIN ({_PAID}) e USING (member_id) WHERE e.moment > s.moment AND e.moment {_LIMITED})
    SELECT (SELECT count(*) FROM s1), (SELECT count(*) FROM s2), (SELECT count(*) FROM s3), (SELECT count(*) FROM s4)"""
"""The least of all that follow, step by step: in DuckDB a hundred times faster than joins of times (ASOF)."""

_WEEK = f"date_trunc('week', occurred_at + {LOCAL})::DATE"
RETENTION = f"""
    WITH weeks AS (SELECT DISTINCT member_id, {_WEEK} AS week FROM fact WHERE name = 'order_paid' AND occurred_at < {AT}),
    born AS (SELECT member_id, min(week) AS week FROM weeks GROUP BY 1)
    SELECT b.week, (w.week - b.week) // 7 AS n, count(*) FROM born b JOIN weeks w USING (member_id)
    WHERE b.week >= ({AT} + {LOCAL})::DATE - {(COHORTS + 1) * 7} GROUP BY 1, 2"""

_SCORE = " + ".join("CAST({axis} > c.{axis}[%d] AS INT)" % n for n in range(1, len(SCORES) + 1))  # noqa: UP031
RFM = f"""
    WITH v AS (SELECT member_id, max(occurred_at) r, count(*) f, sum(amount)::BIGINT m FROM fact
               WHERE name = 'order_paid' AND occurred_at >= {AT} - INTERVAL '365' DAY AND occurred_at < {AT} GROUP BY 1),
    c AS (SELECT {", ".join(f"quantile_disc({axis}, {list(SCORES)}) AS {axis}" for axis in "rfm")} FROM v)
    SELECT {", ".join(f"1 + {_SCORE.format(axis=axis)} AS s{axis}".replace(f"CAST({axis}", f"CAST(v.{axis}") for axis in "rfm")},
           count(*), sum(v.f)::BIGINT, sum(v.m)::BIGINT
    FROM v, c GROUP BY 1, 2, 3"""


def funnel_by_hand(native: duckdb.DuckDBPyConnection) -> list[int]:
    """Members at each step."""
    return list(native.execute(FUNNEL).fetchall()[0])


def retention_by_hand(native: duckdb.DuckDBPyConnection) -> dict[date, list[int | None]]:
    """{first day of the cohort: members in each week after}, None for weeks that are not over."""
    found = {(week, n): count for week, n, count in native.execute(RETENTION).fetchall()}
    today = (NOW + timedelta(hours=8)).date()
    newest = today - timedelta(days=today.weekday())
    weeks = [newest - timedelta(days=7 * back) for back in range(COHORTS - 1, -1, -1)]
    return {
        week: [
            found.get((week, n), 0) if week + timedelta(days=7 * (n + 1)) <= today else None for n in range(PERIODS + 1)
        ]
        for week in weeks
    }


def rfm_by_hand(native: duckdb.DuckDBPyConnection) -> dict[tuple[int, ...], tuple[int, ...]]:
    """{(r, f, m): (members, orders, fen)}"""
    return {tuple(row[:3]): tuple(row[3:]) for row in native.execute(RFM).fetchall()}


def funnel_of(rows: Sequence[dict[str, Any]]) -> Any:
    return [row["members"] for row in rows]


def retention_of(rows: Sequence[dict[str, Any]]) -> Any:
    return {
        datetime.strptime(row["cohort"], "%Y-%m-%d").date(): [row[f"p{n}"] for n in range(PERIODS + 1)]  # noqa: DTZ007
        for row in rows
    }


def rfm_of(rows: Sequence[dict[str, Any]]) -> Any:
    return {(row["r"], row["f"], row["m"]): (row["members"], row["orders"], row["sales_fen"]) for row in rows}


REPORTS: tuple[tuple[str, dict[str, str], Callable[[Sequence[dict[str, Any]]], Any], Hand], ...] = (
    ("funnel", {}, funnel_of, funnel_by_hand),
    ("retention", {"measure": "members", "periods": str(PERIODS)}, retention_of, retention_by_hand),
    ("rfm", {}, rfm_of, rfm_by_hand),
)
"""(report, its parameters, its answer out of its rows, the hand-written one)."""


async def one(
    ground: Ground,
    native: duckdb.DuckDBPyConnection,
    name: str,
    params: dict[str, str],
    read: Callable[[Sequence[dict[str, Any]]], Any],
    hand: Hand,
) -> tuple[float, float]:
    """Seconds of ours and by hand; raises Wrong when an answer differs."""

    async def ask() -> Any:
        async with ground.db.transaction() as tx:
            report = await queries.report(tx, ground.lake, ground.workspace_id, ZONE, name, params, NOW)
        return read(report.rows)

    ours, answer = await usual(ask)
    limit, theirs = await usual(in_thread(lambda: hand(native)))
    if theirs != answer:
        raise Wrong(f"{name}: ours {str(answer)[:300]}, by hand {str(theirs)[:300]}")
    return ours, limit


async def measure(ground: Ground, native: duckdb.DuckDBPyConnection, of: Size) -> Found:
    """Every report, compared and timed; raises Wrong."""
    figures, document = [], {}
    with stage("reports, ours and by hand", len(REPORTS)) as done:
        for name, params, read, hand in REPORTS:
            ours, limit = await one(ground, native, name, params, read, hand)
            figures.append(Figure(name, "s", ours, limit, ours / limit, most=RATIO_MOST))
            document[name] = {"ours_s": ours, "limit_s": limit, "ratio": ours / limit}
            done(1)
    return Found(NAME, of.words, "all three equal to hand-written DuckDB", figures, {"wrong_answers": 0, **document})


async def run(ground: Ground, of: Size) -> Found:
    """Make the world, ask, compare and measure; raises Wrong."""
    await made.ready(ground, of)
    async with made.native(ground, of) as native:
        return await measure(ground, native, of)
