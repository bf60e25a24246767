"""Audiences: the reference one and nineteen more, as the product finds them, as hand-written queries do, and as peers do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks import clickhouse, peers, world, world_setup
from benchmarks.audiences import TWENTY
from benchmarks.figures import Figure, WorkloadResult
from benchmarks.workbench import NOW, Workbench, WrongAnswer, forget_peak, in_thread, peak_mb, stage, timed, usual
from benchmarks.world import Size
from siyu.audience import queries
from siyu.audience.language.tree import Tree
from siyu.audience.sql.query import member_ids_query, members_query

NAME = "audience"
SIZES = {"small": world.size(200_000), "full": world.size(20_000_000)}
SINGLE_MOST = 2.0
"""The reference audience may take so many times its hand-written query."""
TWENTY_MOST = 8.0
"""The twenty together may take so many times the reference one."""

Members = NDArray[np.int64]
Asks = Callable[[], Awaitable[list[Members]]]


async def _parsed(bench: Workbench, trees: Sequence[Any]) -> tuple[list[Tree], str]:
    """The trees checked by the product, and the brand's zone."""
    async with bench.db.transaction() as tx:
        read = [await queries.parse(tx, bench.workspace_id, tree) for tree in trees]
    return [tree for tree, _ in read], read[0][1].zone


def asking_one(bench: Workbench, tree: Any) -> Asks:
    """The product's own question about one audience, ids as an array: a Python number each would cost more than the query."""

    async def ask() -> list[Members]:
        (parsed,), zone = await _parsed(bench, [tree])
        query = member_ids_query(parsed, bench.workspace_id, NOW, zone)
        columns = await bench.lake.columns(query.sql, query.params)
        return [np.sort(columns["member_id"])]

    return ask


def asking_all(bench: Workbench, trees: Sequence[Any]) -> Asks:
    """The product's question about all of them at once, sharing what they scan."""

    async def ask() -> list[Members]:
        parsed, zone = await _parsed(bench, trees)
        query = members_query(parsed, bench.workspace_id, NOW, zone)
        columns = await bench.lake.columns(query.sql, query.params)
        return [np.sort(columns["member_id"][columns["k"] == k]) for k in range(len(trees))]

    return ask


def by_hand(native: duckdb.DuckDBPyConnection, sql: str) -> Members:
    """The hand-written query's members, ascending, as the product gives them."""
    return np.sort(native.execute(sql).fetchnumpy()["member_id"])


def wrong_members(ours: Members, theirs: Members) -> int:
    """Members that only one of the two answers has, or that an answer has twice."""
    mine, other = np.unique(ours), np.unique(theirs)
    twice = len(ours) - len(mine) + len(theirs) - len(other)
    return len(np.setxor1d(mine, other, assume_unique=True)) + twice


def compare(answers: Sequence[Members], hands: Sequence[Members]) -> None:
    """Raises Wrong unless every audience has exactly its members, and somebody is in each."""
    for (what, _, _), ours, theirs in zip(TWENTY, answers, hands, strict=True):
        wrong = wrong_members(ours, theirs)
        if wrong:
            raise WrongAnswer(f"{what}: {wrong:,} wrong members (ours {len(ours):,}, by hand {len(theirs):,})")
        if not len(theirs):
            raise WrongAnswer(f"{what}: nobody is in it, so the check would prove nothing")


async def ours(bench: Workbench) -> tuple[list[Members], float, float, list[float], float]:
    """The members of the twenty; seconds of one, of all together, and of each by itself; MB at the most."""
    forget_peak()
    trees = [tree for _, tree, _ in TWENTY]
    with stage("our twenty audiences", len(trees) + 2) as done:
        single, _ = await usual(asking_one(bench, trees[0]))
        done(1)
        together, answers = await usual(asking_all(bench, trees))
        done(1)
        each = []
        for tree, known in zip(trees, answers, strict=True):
            took, (alone,) = await timed(asking_one(bench, tree))
            if not np.array_equal(alone, known):
                raise WrongAnswer(f"asked alone {len(alone):,} members, together with others {len(known):,}: {tree}")
            each.append(took)
            done(1)
    return answers, single, together, each, peak_mb()


async def limits(native: duckdb.DuckDBPyConnection, answers: Sequence[Members]) -> tuple[float, list[float]]:
    """Seconds of the reference query by hand, and of each of the twenty; raises Wrong when an answer of ours differs."""
    with stage("by hand", len(TWENTY)) as done:
        hands, each = [], []
        for _, _, sql in TWENTY:
            took, answer = await timed(in_thread(lambda sql=sql: by_hand(native, sql)))  # type: ignore[misc]
            hands.append(answer)
            each.append(took)
            done(1)
        compare(answers, hands)
        single, _ = await usual(in_thread(lambda: by_hand(native, TWENTY[0][2])))
    return single, each


async def run(bench: Workbench, of: Size) -> WorkloadResult:
    """Make or find the world, ask, compare and measure; raises Wrong."""
    await world_setup.ready(bench, of)
    async with world_setup.native(bench, of) as native:
        answers, single, together, each, peak = await ours(bench)
        limit, by_hand_each = await limits(native, answers)
    click = await asyncio.to_thread(clickhouse.reference, bench, of, answers[0], single)
    others = await peers.measure(bench, of)
    return tell(of, answers, (single, limit), (together, each, by_hand_each), peak, click, others)


def tell(
    of: Size,
    answers: Sequence[Members],
    alone: tuple[float, float],
    all_: tuple[float, list[float], list[float]],
    peak: float,
    click: dict[str, Any],
    others: dict[str, Any],
) -> WorkloadResult:
    (single, limit), (together, each, by_hand_each) = alone, all_
    figures = [
        Figure("one: the reference audience", "s", single, limit, single / limit, most=SINGLE_MOST),
        Figure("twenty together", "s", together, None, together / single, most=TWENTY_MOST, note="ratio to our one"),
        Figure("twenty, one after the other", "s", sum(each), sum(by_hand_each), sum(each) / sum(by_hand_each)),
        Figure("largest resident size", "MB", peak),
        *clickhouse.figures(single, click),
        *peers.figures(others),
    ]
    documents = [
        {"audience": what, "members": len(answer), "alone_s": ours_s, "limit_s": theirs}
        for (what, _, _), answer, ours_s, theirs in zip(TWENTY, answers, each, by_hand_each, strict=True)
    ]
    return WorkloadResult(
        NAME,
        of.caption,
        f"20 audiences, {sum(map(len, answers)):,} members in them, 0 wrong",
        figures,
        {
            "members": of.members,
            "facts": of.facts,
            "seed": of.seed,
            "wrong_members": 0,
            "single": {"ours_s": single, "limit_s": limit, "ratio": single / limit},
            "twenty": {"ours_s": together, "ratio_to_one": together / single, "by_hand_s": sum(by_hand_each)},
            "chdb": click,
            "peers": others,
            "peak_rss_mb": peak,
            "audiences": documents,
        },
    )
