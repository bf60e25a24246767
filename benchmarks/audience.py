"""Audiences: the reference one and nineteen more, as the product finds them and as hand-written queries do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import duckdb

from benchmarks import world
from benchmarks.audiences import PREPARED, SAVED_TREE, TWENTY
from benchmarks.figures import Figure, Found
from benchmarks.ground import NOW, Ground, Wrong, forget_peak, in_thread, peak_mb, stage, timed, usual
from benchmarks.world import Size
from siyu.audience import actions, queries
from siyu.contacts import actions as contacts

NAME = "audience"
SIZES = {"small": world.size(200_000), "full": world.size(20_000_000)}
SINGLE_MOST = 2.0
"""The reference audience may take so many times its hand-written query."""
TWENTY_MOST = 8.0
"""The twenty may take so many times the reference one."""

ATTRIBUTES = (("city", "text"), ("points", "number"), ("birthday", "date"))


async def furnish(ground: Ground) -> None:
    """What trees name besides facts: attributes, and one saved audience."""
    async with ground.db.transaction() as tx:
        for name, kind in ATTRIBUTES:
            await contacts.define_attribute(tx, ground.caller, name=name, label=name, type=kind, now=NOW)
        await actions.save(tx, ground.caller, name="spenders", label="spenders", tree=SAVED_TREE, now=NOW)


def asking(ground: Ground, tree: dict[str, Any]) -> Callable[[], Awaitable[list[int]]]:
    """The product's own question."""

    async def ask() -> list[int]:
        async with ground.db.transaction() as tx:
            return await queries.member_ids(tx, ground.lake, ground.workspace_id, tree, NOW)

    return ask


def by_hand(native: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    """The hand-written query's members, ascending, as the product gives them."""
    return sorted(row[0] for row in native.execute(sql).fetchall())


def wrong_members(ours: list[int], theirs: list[int]) -> int:
    """Members that only one of the two answers has, or that an answer has twice."""
    twice = len(ours) - len(set(ours)) + len(theirs) - len(set(theirs))
    return len(set(ours) ^ set(theirs)) + twice


def compare(answers: list[list[int]], hands: list[list[int]]) -> None:
    """Raises Wrong unless every audience has exactly its members, and somebody is in each."""
    for (what, _, _), ours, theirs in zip(TWENTY, answers, hands, strict=True):
        wrong = wrong_members(ours, theirs)
        if wrong:
            raise Wrong(f"{what}: {wrong:,} wrong members (ours {len(ours):,}, by hand {len(theirs):,})")
        if not theirs:
            raise Wrong(f"{what}: nobody is in it, so the check would prove nothing")


async def measure(ground: Ground, native: duckdb.DuckDBPyConnection, of: Size) -> Found:
    """Ask, compare, and tell; raises Wrong."""
    forget_peak()
    asks = [asking(ground, tree) for _, tree, _ in TWENTY]
    with stage("our twenty audiences", len(asks) * 2) as done:
        answers = []
        for ask in asks:
            answers.append(await ask())
            done(1)
        single, _ = await usual(asks[0])
        each = []
        for ask in asks:
            each.append((await timed(ask))[0])
            done(1)
    peak = peak_mb()
    with stage("by hand", len(TWENTY) * 2) as done:
        native.execute(PREPARED)
        hands = []
        for _, _, sql in TWENTY:
            hands.append(await asyncio.to_thread(by_hand, native, sql))
            done(1)
        compare(answers, hands)
        limit, _ = await usual(in_thread(lambda: by_hand(native, TWENTY[0][2])))
        limits = []
        for _, _, sql in TWENTY:
            limits.append((await timed(in_thread(lambda sql=sql: by_hand(native, sql))))[0])  # type: ignore[misc]
            done(1)
    return tell(of, answers, (single, limit), (each, limits), peak)


def tell(
    of: Size,
    answers: list[list[int]],
    one: tuple[float, float],
    all_: tuple[list[float], list[float]],
    peak: float,
) -> Found:
    single, limit = one
    twenty, twenty_limit = sum(all_[0]), sum(all_[1])
    figures = [
        Figure("one: the reference audience", "s", single, limit, single / limit, most=SINGLE_MOST),
        Figure(
            "twenty, one after the other", "s", twenty, None, twenty / single, most=TWENTY_MOST, note="ratio to our one"
        ),
        Figure("twenty, against their queries", "s", twenty, twenty_limit, twenty / twenty_limit, note="no bar"),
        Figure("largest resident size", "MB", peak),
    ]
    documents = [
        {"audience": what, "members": len(answer), "ours_s": ours, "limit_s": theirs}
        for (what, _, _), answer, ours, theirs in zip(TWENTY, answers, *all_, strict=True)
    ]
    return Found(
        NAME,
        of.words,
        f"20 audiences, {sum(map(len, answers)):,} members in them, 0 wrong",
        figures,
        {
            "wrong_members": 0,
            "single": {"ours_s": single, "limit_s": limit, "ratio": single / limit},
            "twenty": {"ours_s": twenty, "limit_s": twenty_limit, "ratio_to_one": twenty / single},
            "peak_rss_mb": peak,
            "audiences": documents,
        },
    )


async def run(ground: Ground, of: Size) -> Found:
    """Make the world, ask, compare and measure; raises Wrong."""
    await furnish(ground)
    await world.into_lake(ground.lake, ground.workspace_id, of)
    with ground.native() as native:
        await asyncio.to_thread(world.into_native, native, ground.workspace_id, of)
        return await measure(ground, native, of)
