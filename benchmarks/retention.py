"""Retention over all facts: twelve weekly cohorts by the first order, and who ordered again in each of eight weeks after."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from benchmarks import reports
from benchmarks.clickhouse import AT as CLICK_AT
from benchmarks.figures import WorkloadResult
from benchmarks.reports import AT, CLICK_ONE, LOCAL_SECONDS, SIZES, Compared, Numbers
from benchmarks.workbench import NOW, Workbench
from benchmarks.world import Size

__all__ = ["NAME", "SIZES", "run"]

NAME = "retention"
PERIODS = 8
COHORTS = 12
WEEK = timedelta(days=7)
TODAY = (NOW + timedelta(seconds=LOCAL_SECONDS)).date()
NEWEST = TODAY - timedelta(days=TODAY.weekday())
OLDEST = NEWEST - (COHORTS - 1) * WEEK
BEGINS = datetime(OLDEST.year, OLDEST.month, OLDEST.day, tzinfo=UTC) - timedelta(seconds=LOCAL_SECONDS)
MONDAY_SECONDS = 3 * 86_400
"""The first day of 1970 was a Thursday."""

_BEGINS = f"TIMESTAMP '{BEGINS.replace(tzinfo=None).isoformat(sep=' ')}'"
HAND = f"""
    WITH weeks AS (
        SELECT DISTINCT member_id, date_trunc('week', occurred_at + INTERVAL '{LOCAL_SECONDS}' SECOND)::DATE AS week
        FROM fact WHERE name = 'order_paid' AND occurred_at >= {_BEGINS} AND occurred_at < {AT}),
    born AS (
        SELECT member_id, min(week) AS week FROM weeks
        ANTI JOIN (SELECT member_id FROM fact WHERE name = 'order_paid' AND occurred_at < {_BEGINS}) e USING (member_id)
        GROUP BY 1)
    SELECT b.week, (w.week - b.week) // 7 AS n, count(*) FROM born b JOIN weeks w USING (member_id) GROUP BY 1, 2"""
"""Who of the few who bought lately had bought before, rather than the first order of everybody: half the time."""

_WEEK = f"intDiv(toInt64(toUnixTimestamp(f.occurred_at)) + {LOCAL_SECONDS + MONDAY_SECONDS}, 604800)"
_ORDERS = f"SELECT {_WEEK} AS w, {CLICK_ONE} AND name = 'order_paid' AND f.occurred_at < {CLICK_AT}"
_FROM = ((OLDEST - date(1970, 1, 1)).days + 3) // 7
_SEEN = ", ".join(f"w = c + {n}" for n in range(PERIODS + 1))
CLICK = {
    "retention": f"""
        SELECT cohort, toInt64(n - 1), toInt64(s[n]) FROM (
            SELECT cohort, sumForEach(r) AS s FROM (
                SELECT one, any(c) AS cohort, retention({_SEEN}) AS r FROM ({_ORDERS}) AS o
                INNER JOIN (SELECT one, min(w) AS c FROM ({_ORDERS}) GROUP BY one HAVING c >= {_FROM}) AS b USING (one)
                GROUP BY one)
            GROUP BY cohort) ARRAY JOIN arrayEnumerate(s) AS n""",
    "groupUniqArray": f"""
        SELECT c, w - c AS n, toInt64(count()) FROM (
            SELECT arrayMin(ws) AS c, arrayJoin(ws) AS w FROM (
                SELECT groupUniqArray(w) AS ws FROM ({_ORDERS}) GROUP BY one HAVING arrayMin(ws) >= {_FROM}))
        WHERE n <= {PERIODS} GROUP BY c, n""",
}
"""With the function made for it, and as one pass that keeps each member's weeks."""


def _table(rows: Iterable[tuple[date, int, int]]) -> dict[date, list[int | None]]:
    """{first day of the cohort: members in each week after}, None for weeks that are not over."""
    counts = {(week, n): count for week, n, count in rows}
    return {
        week: [counts.get((week, n), 0) if week + WEEK * (n + 1) <= TODAY else None for n in range(PERIODS + 1)]
        for week in (NEWEST - WEEK * back for back in range(COHORTS - 1, -1, -1))
    }


def _ours(rows: Sequence[Mapping[str, Any]]) -> dict[date, list[int | None]]:
    return {date.fromisoformat(row["cohort"]): [row[f"p{n}"] for n in range(PERIODS + 1)] for row in rows}


def _of_numbers(numbers: Numbers) -> dict[date, list[int | None]]:
    first = date(1970, 1, 1) - timedelta(seconds=MONDAY_SECONDS)
    return _table((first + WEEK * week, n, count) for week, n, count in numbers.tolist())


COMPARED = Compared(
    NAME,
    {"grain": "week", "periods": str(PERIODS), "measure": "members"},
    _ours,
    HAND,
    _table,
    CLICK,
    3,
    _of_numbers,
    "retention() needs each member's cohort joined to every order; groupUniqArray does without, the faster of the two counts",
)


async def run(bench: Workbench, of: Size) -> WorkloadResult:
    """Ask, compare and measure; raises Wrong."""
    return await reports.run(COMPARED, bench, of)
