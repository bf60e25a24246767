"""The funnel over all facts: became a member, was reached, ordered, ordered again, each after the one before, within a year."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import reports
from benchmarks.clickhouse import AT as CLICK_AT
from benchmarks.figures import WorkloadResult
from benchmarks.reports import AT, CLICK_ONE, SIZES, Compared, Numbers
from benchmarks.workbench import Workbench
from benchmarks.world import Size

__all__ = ["NAME", "SIZES", "run"]

NAME = "funnel"
STEPS = 4
DAYS = 365

_FIRST = f"SELECT member_id, min(occurred_at) AS moment FROM fact WHERE name = 'member_created' AND occurred_at < {AT} GROUP BY 1"
_TOUCH = " UNION ALL ".join(
    f"SELECT member_id, occurred_at AS moment FROM fact WHERE name = '{kind}' AND occurred_at < {AT}"
    for kind in ("message_delivered", "campaign_sent")
)
_PAID = f"SELECT member_id, occurred_at AS moment FROM fact WHERE name = 'order_paid' AND occurred_at < {AT}"
_LIMITED = f"< s.start + INTERVAL '{DAYS}' DAY"

HAND = f"""
    WITH s1 AS (SELECT member_id, moment AS start, moment FROM ({_FIRST})),
    s2 AS (SELECT s.member_id, any_value(s.start) AS start, min(e.moment) AS moment FROM s1 s JOIN ({_TOUCH}) e USING (member_id)
           WHERE e.moment >= s.moment AND e.moment {_LIMITED} GROUP BY 1),
    s3 AS (SELECT s.member_id, min(e.moment) AS moment, max(e.moment) AS latest FROM s2 s JOIN ({_PAID}) e USING (member_id)
           WHERE e.moment >= s.moment AND e.moment {_LIMITED} GROUP BY 1)
    SELECT (SELECT count(*) FROM s1), (SELECT count(*) FROM s2), a, b FROM (SELECT count(*) AS a, count(*) FILTER (latest > moment) AS b FROM s3)"""
"""The least of all that follow, step by step: in DuckDB a hundred times faster than joins of times (ASOF). The second
order is there when the last is not the first, which spares a third join."""

_US = "toUInt64(toUnixTimestamp64Micro(f.occurred_at))"
CLICK = f"""
    SELECT toInt64(level), toInt64(count()) FROM (
        SELECT one, windowFunnel({DAYS * 86_400_000_000 - 1}, 'strict_once')(t, k = 1, k = 2, k = 3, k = 3) AS level FROM (
            SELECT one, min(t) AS t, 1 AS k FROM (SELECT {_US} AS t, {CLICK_ONE}
                AND name = 'member_created' AND f.occurred_at < {CLICK_AT}) GROUP BY one
            UNION ALL SELECT one, t, k FROM (SELECT {_US} AS t, if(name = 'order_paid', 3, 2) AS k, {CLICK_ONE}
                AND name IN ('message_delivered', 'campaign_sent', 'order_paid') AND f.occurred_at < {CLICK_AT}))
        GROUP BY one)
    GROUP BY level"""


def _ours(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    return [row["members"] for row in rows]


def _by_level(numbers: Numbers) -> list[int]:
    """Members at each step or beyond, from members by the last step they reached."""
    last = dict(numbers.tolist())
    return [sum(count for level, count in last.items() if level >= step) for step in range(1, STEPS + 1)]


COMPARED = Compared(
    NAME,
    {},
    _ours,
    HAND,
    lambda rows: list(rows[0]),
    {"windowFunnel": CLICK},
    2,
    _by_level,
    "windowFunnel's window includes its end, so it is a microsecond shorter; strict_once, or one order would be two steps; "
    "it tries every start, so only the first joining of merged members is given; two orders of one instant would be two "
    "steps to it and one to us: there are none that matter here",
)


async def run(bench: Workbench, of: Size) -> WorkloadResult:
    """Ask, compare and measure; raises Wrong."""
    return await reports.run(COMPARED, bench, of)
