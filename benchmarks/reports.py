"""What the workloads funnel, retention and rfm share: a report asked of the product, by hand, and of embedded ClickHouse.

All three answer before anything is timed, and must be equal; a figure is only ever told of a right answer.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks import clickhouse, world, world_setup
from benchmarks.figures import Figure, WorkloadResult
from benchmarks.workbench import NOW, ZONE, Workbench, WrongAnswer, forget_peak, in_thread, peak_mb, stage, usual
from benchmarks.world import Size
from siyu.insight.queries.reports import run_report

SIZES = {"small": world.size(200_000), "full": world.size(20_000_000)}
RATIO_MOST = 1.5
"""A report may take so many times the better of the two that it is compared with."""
AT = "TIMESTAMP '2026-03-18 04:00:00'"
"""NOW, as hand-written queries say it."""
LOCAL_SECONDS = 8 * 3_600
"""Shanghai has had one offset all the while."""
CLICK_ONE = (
    "if(m.winner = 0, f.member_id, m.winner) AS one FROM fact f ANY LEFT JOIN merged m ON m.member_id = f.member_id "
    "WHERE f.member_id > 0"
)
"""Whose a fact is, in ClickHouse, where nobody is 0; a predicate may follow."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Compared:
    """A report with its rivals; every answer is turned into one comparable value.

    `click` are equal queries for ClickHouse, each of Int64 columns only, `width` of them; the fastest is the figure.
    """

    name: str
    params: Mapping[str, str]
    read: Callable[[Sequence[Mapping[str, Any]]], Any]
    hand: str
    read_hand: Callable[[list[tuple[Any, ...]]], Any]
    click: Mapping[str, str]
    width: int
    read_click: Callable[[Numbers], Any]
    note: str
    """How the function of ClickHouse differs from the report, and what was done about it."""


def _by_hand(native: duckdb.DuckDBPyConnection, of: Compared) -> Any:
    return of.read_hand(native.execute(of.hand).fetchall())


async def _ours(bench: Workbench, of: Compared) -> Any:
    async with bench.db.transaction() as tx:
        report = await run_report(tx, bench.lake, bench.workspace_id, ZONE, of.name, of.params, NOW)
    return of.read(report.rows)


def same(what: str, ours: Any, theirs: Any) -> None:
    """Raises Wrong unless the two answers are equal, or when there is nothing in them to be equal."""
    if not ours:
        raise WrongAnswer(f"{what}: an empty answer, so the check would prove nothing")
    if ours != theirs:
        raise WrongAnswer(f"{what}: ours {str(ours)[:300]}, theirs {str(theirs)[:300]}")


async def run(of: Compared, bench: Workbench, at: Size) -> WorkloadResult:
    """Make or find the world, ask all of them, compare and measure; raises Wrong."""
    await world_setup.ready(bench, at)
    async with world_setup.native(bench, at) as native:
        with stage(f"{of.name}, ours and by hand", 2) as done:
            forget_peak()
            ours, answer = await usual(lambda: _ours(bench, of))
            peak = peak_mb()
            done(1)
            limit, theirs = await usual(in_thread(lambda: _by_hand(native, of)))
            done(1)
        same(f"{of.name} by hand", answer, theirs)
    click = await asyncio.to_thread(_click, of, bench, at, answer, ours)
    return tell(of, at, (ours, limit, click, peak))


def _click(of: Compared, bench: Workbench, at: Size, answer: Any, ours: float) -> dict[str, Any]:
    """Seconds of ClickHouse by query, the fastest as `theirs_s`; raises Wrong when an answer differs."""
    timings = clickhouse.answers(bench, at, list(of.click.values()))
    if "skipped" in timings:
        return timings
    for name, file in zip(of.click, timings["answers"], strict=True):
        same(f"{of.name}, ClickHouse {name}", answer, of.read_click(np.load(file).reshape(-1, of.width)))
    fastest = min(timings["seconds"])
    return {
        "version": timings["version"],
        "theirs_s": fastest,
        "ratio": ours / fastest,
        "by_query_s": dict(zip(of.click, timings["seconds"], strict=True)),
        "loaded_s": timings["loaded_s"],
        "wrong_answers": 0,
        "note": of.note,
    }


def tell(of: Compared, at: Size, measured: tuple[float, float, dict[str, Any], float]) -> WorkloadResult:
    """The table and the document."""
    ours, limit, click, peak = measured
    better = min(limit, click.get("theirs_s", limit))
    figures = [
        Figure(of.name, "s", ours, better, ours / better, most=RATIO_MOST, note="against the better of the two"),
        Figure("DuckDB by hand", "s", ours, limit, ours / limit),
        *clickhouse.figures(ours, click),
        Figure("largest resident size", "MB", peak),
    ]
    checked = "equal to hand-written DuckDB" + ("" if "skipped" in click else f" and to ClickHouse ({of.note})")
    document = {
        "members": at.members,
        "facts": at.facts,
        "wrong_answers": 0,
        "ours_s": ours,
        "limit_s": limit,
        "ratio": ours / limit,
        "ratio_to_better": ours / better,
        "chdb": click,
        "peak_rss_mb": peak,
    }
    return WorkloadResult(of.name, at.caption, checked, figures, document)
