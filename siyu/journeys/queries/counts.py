"""How many, and who: the live counts and the lists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from siyu.journeys.models import Enrolment, Journey
from siyu.journeys.queries.search import raw_graphs
from siyu.journeys.steps.step import LEFT, source_of
from siyu.kit.db import Tx


@dataclass(frozen=True)
class JourneyLine:
    """A journey in the list, with its runs."""

    journey: Journey
    active: int = 0
    entered: int = 0
    finished: int = 0
    awaiting: int = 0
    """Those who have passed the last step and whose last message has not gone out yet: they have not finished."""
    goals: int | None = None
    """None: none of its versions has a goal, which is not the same as a goal that nobody reached."""
    goal_fen: int | None = None
    """What the facts that were the goals come to; None where none has an amount."""


WAITING = """
    SELECT DISTINCT CAST(origin->>'journey_id' AS int) AS journey_id, member_id, CAST(origin->>'entry' AS int) AS entry
    FROM message WHERE workspace_id = :workspace_id AND source = ANY(CAST(:sources AS text[]))
      AND state IN ('queued', 'held', 'sending')
"""
"""Runs of which a message has not gone out."""
_STATE = "CASE WHEN e.state = 'finished' AND w.member_id IS NOT NULL THEN 'awaiting' ELSE e.state END"
"""The state of a run as people mean it: whose last message waits has not finished."""
_OF_WAITING = "LEFT JOIN waiting w ON w.journey_id = e.journey_id AND w.member_id = e.member_id AND w.entry = e.entry"
_FIGURES = """
    count(*) FILTER (WHERE state = 'active') AS active, count(*) AS entered,
    count(*) FILTER (WHERE state = 'finished') AS finished, count(*) FILTER (WHERE state = 'awaiting') AS awaiting,
    count(*) FILTER (WHERE state = 'exited') AS exited, count(goal_at) AS goals, sum(goal_fen)::bigint AS goal_fen
"""
_NUMBERS = text(f"""
    WITH waiting AS ({WAITING}),
    run AS (SELECT e.journey_id, e.version, {_STATE} AS state, e.goal_at, e.goal_fen FROM enrolment e {_OF_WAITING}
            WHERE e.journey_id = ANY(CAST(:ids AS int[])) AND (CAST(:version AS int) IS NULL OR e.version = :version))
    SELECT journey_id, {_FIGURES} FROM run GROUP BY journey_id
""")
_BY_VERSION = text(f"""
    WITH waiting AS ({WAITING}),
    run AS (SELECT e.journey_id, e.version, {_STATE} AS state, e.goal_at, e.goal_fen FROM enrolment e {_OF_WAITING}
            WHERE e.journey_id = ANY(CAST(:ids AS int[])))
    SELECT version, {_FIGURES} FROM run GROUP BY version
""")
_WITH_GOAL = text("""
    SELECT DISTINCT journey_id FROM journey_version
    WHERE journey_id = ANY(CAST(:ids AS int[])) AND jsonb_typeof(graph->'goal') = 'object'
      AND (CAST(:version AS int) IS NULL OR version = :version)
""")


async def lines(tx: Tx, workspace_id: int, search: str, offset: int, limit: int) -> tuple[list[JourneyLine], int]:
    """Journeys of a brand whose name contains `search`, the last changed first, and how many there are in all."""
    mine = (Journey.workspace_id == workspace_id) & Journey.name.icontains(search, autoescape=True)
    total = await tx.scalar(select(func.count()).select_from(Journey).where(mine))
    rows = await tx.scalars(
        select(Journey).where(mine).order_by(Journey.changed_at.desc(), Journey.id).offset(offset).limit(limit)
    )
    return await with_numbers(tx, rows.all()), int(total or 0)


async def with_numbers(tx: Tx, journeys: Sequence[Journey]) -> list[JourneyLine]:
    """The journeys with their runs counted."""
    if not journeys:
        return []
    numbers = await _numbers(tx, journeys[0].workspace_id, [journey.id for journey in journeys], None)
    return [_line(journey, numbers[journey.id]) for journey in journeys]


def _line(journey: Journey, figures: Mapping[str, int | None]) -> JourneyLine:
    return JourneyLine(
        journey,
        active=figures["active"] or 0,
        entered=figures["entered"] or 0,
        finished=figures["finished"] or 0,
        awaiting=figures["awaiting"] or 0,
        goals=figures["goals"],
        goal_fen=figures["goal_fen"],
    )


async def _numbers(
    tx: Tx, workspace_id: int, ids: Sequence[int], version: int | None
) -> dict[int, dict[str, int | None]]:
    """The figures of journeys, of one of their versions or of all together; goals are None where there is no goal."""
    params = {"ids": list(ids), "version": version}
    sources = {"workspace_id": workspace_id, "sources": [source_of(journey) for journey in ids]}
    rows = {row["journey_id"]: row for row in (await tx.execute(_NUMBERS, params | sources)).mappings()}
    with_goal = set((await tx.scalars(_WITH_GOAL, params)).all())
    zero = dict.fromkeys(("active", "entered", "finished", "awaiting", "exited", "goals"), 0) | {"goal_fen": None}
    figures: dict[int, dict[str, int | None]] = {}
    for journey in ids:
        own = {**zero, **{name: value for name, value in rows.get(journey, {}).items() if name != "journey_id"}}
        figures[journey] = own if journey in with_goal else own | {"goals": None, "goal_fen": None}
    return figures


async def by_version(tx: Tx, workspace_id: int, journey_id: int) -> dict[int, dict[str, int | None]]:
    """The figures of each version that anybody entered."""
    params = {"ids": [journey_id], "version": None, "workspace_id": workspace_id, "sources": [source_of(journey_id)]}
    return {row["version"]: dict(row) for row in (await tx.execute(_BY_VERSION, params)).mappings()}


async def totals(tx: Tx, workspace_id: int, journey_id: int, version: int) -> dict[str, int | None]:
    """Runs of a version: entered, active, finished, awaiting, exited, goals, goal_fen."""
    return (await _numbers(tx, workspace_id, [journey_id], version))[journey_id]


async def runs_by_step(tx: Tx, journey_id: int, version: int) -> dict[str, int]:
    """How many open runs of a version stand at each step."""
    rows = await tx.execute(
        select(Enrolment.node, func.count())
        .where(Enrolment.journey_id == journey_id, Enrolment.version == version, Enrolment.state == "active")
        .group_by(Enrolment.node)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True)
class StepNumbers:
    """One step: who stands there, who passed it by which exit, who left the journey there and why."""

    waiting: int
    passed: int
    exits: dict[str, int]
    left: dict[str, int]


_COUNTS = text("SELECT node, exit, passed FROM step_count WHERE journey_id = :journey_id AND version = :version")


async def step_counts(tx: Tx, journey_id: int, version: int) -> dict[str, StepNumbers]:
    """The live counts of a version, by step."""
    waiting = await runs_by_step(tx, journey_id, version)
    exits: dict[str, dict[str, int]] = defaultdict(dict)
    left: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await tx.execute(_COUNTS, {"journey_id": journey_id, "version": version}):
        if row.exit.startswith(LEFT):
            left[row.node][row.exit.removeprefix(LEFT)] = row.passed
        else:
            exits[row.node][row.exit] = row.passed
    [raw] = await raw_graphs(tx, journey_id, [version])
    return {
        node: StepNumbers(waiting.get(node, 0), sum(exits[node].values()), exits[node], left[node])
        for node in (raw or {"nodes": {}})["nodes"]
    }


@dataclass(frozen=True)
class RunLine:
    """A run in the list."""

    id: int
    member_id: int
    member_name: str | None
    version: int
    entry: int
    key: str
    state: str
    node: str
    entered_at: datetime
    arrived_at: datetime
    due_at: datetime
    ended_at: datetime | None
    ended_why: str | None


_RUNS = f"""
    FROM enrolment e JOIN member m ON m.id = e.member_id {_OF_WAITING}
    WHERE e.journey_id = :journey_id AND (CAST(:node AS text) IS NULL OR e.node = :node)
      AND (CAST(:state AS text) IS NULL OR {_STATE} = :state) AND (CAST(:version AS int) IS NULL OR e.version = :version)
"""


async def runs(
    tx: Tx,
    workspace_id: int,
    journey_id: int,
    node: str | None,
    state: str | None,
    version: int | None,
    before: int | None,
    limit: int,
) -> tuple[list[RunLine], int]:
    """Runs of a journey, the newest first, and how many there are in all."""
    params: dict[str, Any] = {"journey_id": journey_id, "node": node, "state": state, "version": version}
    params |= {"workspace_id": workspace_id, "sources": [source_of(journey_id)]}
    total = (await tx.execute(text(f"WITH waiting AS ({WAITING}) SELECT count(*) {_RUNS}"), params)).scalar_one()
    rows = await tx.execute(
        text(f"""
            WITH waiting AS ({WAITING})
            SELECT e.id, e.member_id, m.name AS member_name, e.version, e.entry, e.key, {_STATE} AS state, e.node, e.entered_at,
                   e.arrived_at, e.due_at, e.ended_at, e.ended_why
            {_RUNS} AND (CAST(:before AS bigint) IS NULL OR e.id < :before) ORDER BY e.id DESC LIMIT :limit
        """),
        {**params, "before": before, "limit": limit},
    )
    return [RunLine(**row) for row in rows.mappings()], int(total)


_MESSAGES = text("""
    SELECT origin->>'step' AS step, state, reason, count(*) AS number FROM message
    WHERE workspace_id = :workspace_id AND source = :source AND CAST(origin->>'version' AS int) = :version
    GROUP BY 1, 2, 3
""")


async def messages(
    tx: Tx, workspace_id: int, journey_id: int, version: int
) -> dict[str, list[tuple[str, str | None, int]]]:
    """What became of the messages of each send step of a version: (state, reason, number)."""
    params = {"workspace_id": workspace_id, "source": source_of(journey_id), "version": version}
    by_step: dict[str, list[tuple[str, str | None, int]]] = defaultdict(list)
    for row in await tx.execute(_MESSAGES, params):
        by_step[row.step].append((row.state, row.reason, row.number))
    return by_step


@dataclass(frozen=True)
class MergedRun:
    """A journey that a member is in who is about to be merged."""

    journey_id: int
    name: str
    goes_on: bool


_AFTER_MERGE = text("""
    SELECT j.id AS journey_id, j.name, NOT EXISTS (
        SELECT 1 FROM enrolment o WHERE o.member_id = :member_id AND o.journey_id = e.journey_id AND o.key = e.key
          AND o.state = 'active') AS goes_on
    FROM enrolment e JOIN journey j ON j.id = e.journey_id
    WHERE e.workspace_id = :workspace_id AND e.member_id = :other_id AND e.state = 'active' ORDER BY j.name, e.id
""")


async def runs_after_merge(tx: Tx, workspace_id: int, member_id: int, other_id: int) -> list[MergedRun]:
    """The open runs of `other_id`, and whether each goes on as that of `member_id` once they are merged."""
    params = {"workspace_id": workspace_id, "member_id": member_id, "other_id": other_id}
    return [MergedRun(**row) for row in (await tx.execute(_AFTER_MERGE, params)).mappings()]
