"""The audience room's ears and clockwork: profiles kept fresh, saved audiences kept true."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from siyu.audience.language.schema import PROFILE_FACTS
from siyu.audience.refresh import actions, queries, refresh_plan
from siyu.audience.refresh.actions import READER, Change
from siyu.audience.refresh.profiles import actions as profiles
from siyu.audience.refresh.refresh_plan import Candidates, Plan
from siyu.audience.saved import queries as saved_queries
from siyu.facts.lake import consistency
from siyu.facts.lake import relay as facts
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.transactions import SLICE_SECONDS
from siyu.facts.log import subscribers
from siyu.facts.log.queries import Position
from siyu.facts.log.subscribers import AnySubscriber, BatchConsumer, Subscriber
from siyu.kit.db import Database
from siyu.kit.jobs import ClockCorrection, Timer
from siyu.kit.logs import logger

log = logger("audience")

REFRESH_EVERY = timedelta(seconds=5)
PROFILES_EVERY = timedelta(seconds=1)

PROFILES = Subscriber("profiles", PROFILE_FACTS, profiles.mark_profiles)
"""Marks whose profiles have changed."""

TOUCHED = BatchConsumer(READER, actions.mark_changed)
"""Marks which saved audiences may have changed."""


async def catch_up(db: Database, lake: Lake, now: datetime) -> Position:
    """Bring the lake up to all that is recorded: facts, then the profiles they changed; returns up to where in the log it is.

    After it a question to the lake sees what was committed before it began (unless another process is relaying right now).
    """
    await facts.relay(db, lake)
    await subscribers.consume_new(db, PROFILES, now)
    upto = await consistency.common_position(db, lake, PROFILES.name)
    await write_profiles(db, lake, now)
    async with db.transaction() as tx:
        await queries.await_profiles(tx)
    return upto


async def write_profiles(db: Database, lake: Lake, _now: datetime) -> None:
    """Make all marked profiles anew, a batch a transaction."""
    while True:
        async with db.transaction() as tx:
            if await profiles.refresh_profiles(tx, lake) == 0:
                return


async def rebuild_profiles(db: Database, lake: Lake) -> int:
    """Make all profiles anew from Postgres; returns how many there are. Saved audiences are counted from the beginning."""
    async with db.transaction() as tx:
        count = await profiles.rebuild_profiles(tx, lake)
        await actions.recount(tx)
        return count


async def recount(db: Database) -> None:
    """Let every saved audience be counted from the beginning: the lake was mended, and no fact tells whom that moves."""
    async with db.transaction() as tx:
        await actions.recount(tx)


# --- saved audiences


@dataclass(frozen=True)
class RefreshBatch:
    """A look at members at `now`, the lake being up to `upto` in the log: at `everybody`, or at those who `moved`."""

    now: datetime
    upto: Position
    moved: Candidates
    everybody: bool
    members: int


async def refresh(db: Database, lake: Lake, now: datetime) -> bool:
    """Bring saved audiences that may have changed up to date, those of a brand together; returns whether some are left.

    After SLICE_SECONDS no look begins: what happened meanwhile is then seen by the next one, instead of waiting for all of
    them. Whoever waits longest comes first. One that fails keeps its place and does not hold up the others; the first
    failure is raised at the end.
    """
    async with db.transaction() as tx:
        due = await saved_queries.due(tx, now)
    if not due:
        return False
    upto = await catch_up(db, lake, now)
    troubles: list[Exception] = []
    ends, left = None, False
    async for group, look in _batches(db, lake, due, now, upto):
        if left := ends is not None and time.monotonic() > ends:
            break
        ends = ends or time.monotonic() + SLICE_SECONDS
        troubles += await _try_batch(db, lake, group, look)
    if troubles:
        raise troubles[0]
    return left


async def _batches(
    db: Database, lake: Lake, due: Mapping[int, list[int]], now: datetime, upto: Position
) -> AsyncIterator[tuple[list[Plan], RefreshBatch]]:
    """The looks to be taken, brand by brand, each with the audiences that it is at."""
    for workspace_id, ids in due.items():
        async with db.transaction() as tx:
            plans = await actions.make_plans(tx, workspace_id, ids, now)
        if plans:
            for group, look in await _batches_of(lake, plans, now, upto):
                yield group, look


async def _batches_of(
    lake: Lake, plans: list[Plan], now: datetime, upto: Position
) -> list[tuple[list[Plan], RefreshBatch]]:
    """Those at the audiences of one brand, in the order in which they have waited."""
    members = await queries.total(lake, plans[0].workspace_id)
    moved = await queries.find_candidates(lake, [plan for plan in plans if plan.anew is None], now, upto)
    crowded = refresh_plan.too_many(moved, members)
    whole = [plan for plan in plans if crowded or plan.whole(now)]
    looks = [(group, RefreshBatch(now, upto, moved, True, members)) for group in refresh_plan.batches(whole, members)]
    if len(whole) < len(plans):
        looks.append(([plan for plan in plans if plan not in whole], RefreshBatch(now, upto, moved, False, members)))
    return sorted(looks, key=lambda look: min(plan.waits_since for plan in look[0]))


async def _try_batch(db: Database, lake: Lake, group: list[Plan], look: RefreshBatch) -> list[Exception]:
    try:
        await _refresh_batch(db, lake, group, look)
        return []
    except Exception as trouble:
        if len(group) > 1:
            # one of them may be at fault: each by itself
            return [trouble for alone in group for trouble in await _try_batch(db, lake, [alone], look)]
        name, detail = type(trouble).__name__, str(trouble)[:500]
        log.error("audience_stuck", audience_id=group[0].id, error=name, detail=detail)
        async with db.transaction() as tx:
            await actions.back_off(tx, group[0].id, look.now)
        return [trouble]


async def _refresh_batch(db: Database, lake: Lake, group: list[Plan], look: RefreshBatch) -> None:
    inside = await queries.current_members(lake, group, look.now, None if look.everybody else look.moved.scope)
    async with db.transaction() as tx:
        present = await queries.recorded_members(tx, group, None if look.everybody else look.moved.candidates)
    dues = await queries.next_due(lake, group, look.now)
    for plan, now_in, was_in, due in zip(group, inside, present, dues, strict=True):
        change = Change(
            entered=np.setdiff1d(now_in, was_in, assume_unique=True),
            left=np.setdiff1d(was_in, now_in, assume_unique=True),
            by_facts=look.moved.with_facts(plan.kinds),
            looked_at=look.members if look.everybody else len(look.moved.candidates),
            whole=look.everybody,
            due_at=due,
        )
        async with db.transaction() as tx:
            settled = await actions.apply_changes(tx, plan, change, look.now, look.upto)
        if settled:
            log.info(
                "audience_refreshed",
                audience_id=plan.id,
                looked_at=change.looked_at,
                entered=len(change.entered),
                left=len(change.left),
            )


SUBSCRIBERS: tuple[AnySubscriber, ...] = (PROFILES, TOUCHED)
TIMERS = (
    Timer("audience.profiles", PROFILES_EVERY, write_profiles),
    Timer("audience.refresh", REFRESH_EVERY, refresh),
)
CLOCK_CORRECTION = ClockCorrection("audience", actions.correct_clock)
