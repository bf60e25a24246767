"""Leaving a journey early, and the counts that are kept as runs move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import text

from siyu.facts.catalogue.journeys import JourneyExited, JourneyGoalReached, JourneyHeldOut
from siyu.facts.log.actions import record_from
from siyu.journeys.steps.step import LEFT
from siyu.kit.db import Tx
from siyu.kit.limits import BATCH_ROWS_MAX

GOAL = "goal"

_LEAVE = text("""
    UPDATE enrolment e SET state = CASE u.why WHEN 'goal' THEN 'finished' ELSE 'exited' END, ended_at = :now, ended_why = u.why,
        goal_at = u.goal_at, goal_fen = u.fen
    FROM unnest(CAST(:ids AS bigint[]), CAST(:whys AS text[]), CAST(:goals AS timestamptz[]), CAST(:fens AS bigint[]))
        AS u(id, why, goal_at, fen)
    WHERE e.id = u.id AND e.state = 'active'
    RETURNING e.id, e.journey_id, e.version, e.node, u.why
""")
_COUNT = text("""
    INSERT INTO step_count (journey_id, version, node, exit, passed)
    SELECT * FROM unnest(CAST(:journeys AS int[]), CAST(:versions AS int[]), CAST(:nodes AS text[]), CAST(:exits AS text[]),
                         CAST(:numbers AS bigint[]))
    ON CONFLICT (journey_id, version, node, exit) DO UPDATE SET passed = step_count.passed + excluded.passed
""")
_OPEN = text("""
    SELECT id FROM enrolment WHERE journey_id = :journey_id AND state = 'active' LIMIT :rows FOR UPDATE SKIP LOCKED
""")

Place = tuple[int, int, str, str]
"""Journey, version, node, exit."""


@dataclass(frozen=True)
class ReachedGoal:
    """When the fact happened that was the goal, and what it was worth."""

    at: datetime
    fen: int | None


async def exit_runs(
    tx: Tx, whys: Mapping[int, str], now: datetime, goals: Mapping[int, ReachedGoal] = MappingProxyType({})
) -> int:
    """End the open runs of `whys` ({run: why}); `goal` finishes a run, anything else ends it early. Returns how many."""
    order = sorted(whys)
    reached_by = [goals.get(run) if whys[run] == GOAL else None for run in order]
    params = {
        "ids": order,
        "whys": [whys[run] for run in order],
        "goals": [goal and goal.at for goal in reached_by],
        "fens": [goal and goal.fen for goal in reached_by],
    }
    rows = (await tx.execute(_LEAVE, {**params, "now": now})).all()
    if not rows:
        return 0
    numbers: dict[Place, int] = {}
    for row in rows:
        place = (row.journey_id, row.version, row.node, LEFT + row.why)
        numbers[place] = numbers.get(place, 0) + 1
    await record_ends(tx, [row.id for row in rows], now)
    await record_goals(tx, [row.id for row in rows if row.why == GOAL], now)
    await count(tx, numbers)
    return len(rows)


async def record_goals(tx: Tx, run_ids: Sequence[int], now: datetime) -> None:
    """Record that these runs reached their goal in this transaction, with what it was worth."""
    if run_ids:
        props = "'journey', j.key, 'version', e.version, 'amount', e.goal_fen"
        await record_from(tx, JourneyGoalReached, _facts(props), {"ids": list(run_ids), "now": now}, now)


async def record_held_out(tx: Tx, held: Mapping[int, str], now: datetime) -> None:
    """Record that these runs ({run: arm}) go the way of those who are left alone."""
    if held:
        arms = "unnest(CAST(:ids AS bigint[]), CAST(:arms AS text[]))"
        await record_from(
            tx,
            JourneyHeldOut,
            f"""
            SELECT e.workspace_id, e.member_id, CAST(:now AS timestamptz), 'system', NULL,
                   jsonb_build_object('journey', j.key, 'version', e.version, 'arm', h.arm)
            FROM {arms} AS h(id, arm) JOIN enrolment e ON e.id = h.id JOIN journey j ON j.id = e.journey_id
            """,
            {"ids": list(held), "arms": list(held.values()), "now": now},
            now,
        )


async def record_ends(tx: Tx, run_ids: Sequence[int], now: datetime) -> None:
    """Record that these runs, ended in this transaction, have left."""
    props = "'journey', j.key, 'version', e.version, 'reason', e.ended_why"
    await record_from(tx, JourneyExited, _facts(props), {"ids": list(run_ids), "now": now}, now)


def _facts(props: str) -> str:
    return f"""
        SELECT e.workspace_id, e.member_id, CAST(:now AS timestamptz), 'system', NULL, jsonb_strip_nulls(jsonb_build_object({props}))
        FROM enrolment e JOIN journey j ON j.id = e.journey_id WHERE e.id = ANY(CAST(:ids AS bigint[]))"""


async def count(tx: Tx, numbers: Mapping[Place, int]) -> None:
    """Add to the step counts, always in one order: two ticks must not wait for each other's rows crosswise."""
    places = sorted(numbers)
    if not places:
        return
    columns = [list(column) for column in zip(*places, strict=True)]
    await tx.execute(
        _COUNT,
        {
            **dict(zip(("journeys", "versions", "nodes", "exits"), columns, strict=True)),
            "numbers": [numbers[place] for place in places],
        },
    )


async def drain(tx: Tx, journey_id: int, now: datetime) -> int:
    """End the next batch of open runs of a journey that has ended; returns how many."""
    ids = (await tx.scalars(_OPEN, {"journey_id": journey_id, "rows": BATCH_ROWS_MAX})).all()
    return await exit_runs(tx, dict.fromkeys(ids, "ended"), now)
