"""RFM over all facts: everybody with an order within a year, scored at the quintiles of recency, frequency and money."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks import reports
from benchmarks.clickhouse import AT as CLICK_AT
from benchmarks.figures import WorkloadResult
from benchmarks.reports import AT, CLICK_ONE, SIZES, Compared, Numbers
from benchmarks.workbench import Workbench
from benchmarks.world import Size

__all__ = ["NAME", "SIZES", "run"]

NAME = "rfm"
SCORES = (0.2, 0.4, 0.6, 0.8)
FIGURES = 3
Cells = dict[tuple[int, ...], tuple[int, ...]]


def _score(axis: str, cut: str, value: str, number: str) -> str:
    """1 to 5: one more than the cut points that the value is above."""
    above = " + ".join(
        number.format(f"{value.format(axis)} > {cut.format(axis)}[{n}]") for n in range(1, len(SCORES) + 1)
    )
    return f"1 + {above}"


HAND = f"""
    WITH v AS (SELECT member_id, max(occurred_at) r, count(*) f, sum(amount)::BIGINT m FROM fact
               WHERE name = 'order_paid' AND occurred_at >= {AT} - INTERVAL '365' DAY AND occurred_at < {AT} GROUP BY 1),
    c AS (SELECT {", ".join(f"quantile_disc({axis}, {list(SCORES)}) AS {axis}" for axis in "rfm")} FROM v)
    SELECT {", ".join(f"{_score(axis, 'c.{}', 'v.{}', 'CAST({} AS INT)')} AS s{axis}" for axis in "rfm")},
           count(*), sum(v.f)::BIGINT, sum(v.m)::BIGINT
    FROM v, c GROUP BY 1, 2, 3"""

_LEVELS = ", ".join(f"{level - 1e-12:.12f}" for level in SCORES)
"""quantilesExact takes the value at floor(level x n), counted from 0, where ours takes that at ceil(level x n) - 1: they
differ only where level x n is whole, so a level a little lower gives the same value always."""
_VALUES = f"""
    SELECT one, max(t) AS r, count() AS f, sum(a) AS m FROM (
        SELECT f.occurred_at AS t, assumeNotNull(f.amount) AS a, {CLICK_ONE}
        AND name = 'order_paid' AND f.occurred_at >= {CLICK_AT} - INTERVAL 365 DAY AND f.occurred_at < {CLICK_AT})
    GROUP BY one"""
CLICK = f"""
    WITH (SELECT ({", ".join(f"quantilesExact({_LEVELS})({axis})" for axis in "rfm")}) FROM ({_VALUES})) AS c
    SELECT {", ".join(f"toInt64({_score(str(n), 'c.{}', axis, '({})')}) AS s{axis}" for n, axis in enumerate("rfm", 1))},
           toInt64(count()), toInt64(sum(f)), toInt64(sum(m))
    FROM ({_VALUES}) GROUP BY sr, sf, sm"""


def _cells(rows: Iterable[Sequence[int]]) -> Cells:
    """{(r, f, m): (members, orders, fen)}"""
    return {tuple(row[:FIGURES]): tuple(row[FIGURES:]) for row in rows}


def _ours(rows: Sequence[Mapping[str, Any]]) -> Cells:
    names = ("r", "f", "m", "members", "orders", "sales_fen")
    return _cells([row[name] for name in names] for row in rows)


def _of_numbers(numbers: Numbers) -> Cells:
    return _cells(numbers.tolist())


COMPARED = Compared(
    NAME,
    {},
    _ours,
    HAND,
    _cells,
    {"quantilesExact": CLICK},
    2 * FIGURES,
    _of_numbers,
    "ClickHouse reads the orders twice: once for the cut points, once for the scores",
)


async def run(bench: Workbench, of: Size) -> WorkloadResult:
    """Ask, compare and measure; raises Wrong."""
    return await reports.run(COMPARED, bench, of)
