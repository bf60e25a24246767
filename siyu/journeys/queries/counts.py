"""How many, and who: the live counts and the lists."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    goals: int = 0


_NUMBERS = text("""
    SELECT journey_id, count(*) FILTER (WHERE state = 'active') AS active, count(*) AS entered,
           count(*) FILTER (WHERE state = 'finished') AS finished, count(*) FILTER (WHERE ended_why = 'goal') AS goals
    FROM enrolment WHERE journey_id = ANY(CAST(:ids AS int[])) GROUP BY journey_id
""")
_TOTALS = text("""
    SELECT count(*) AS entered, count(*) FILTER (WHERE state = 'active') AS active,
           count(*) FILTER (WHERE state = 'finished') AS finished, count(*) FILTER (WHERE state = 'exited') AS exited,
           count(*) FILTER (WHERE ended_why = 'goal') AS goal
    FROM enrolment WHERE journey_id = :journey_id AND version = :version
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
    rows = await tx.execute(_NUMBERS, {"ids": [journey.id for journey in journeys]})
    numbers = {row.journey_id: (row.active, row.entered, row.finished, row.goals) for row in rows}
    return [JourneyLine(journey, *numbers.get(journey.id, ())) for journey in journeys]


async def totals(tx: Tx, journey_id: int, version: int) -> dict[str, int]:
    """Runs of a version: entered, active, finished, exited, goal."""
    row = (await tx.execute(_TOTALS, {"journey_id": journey_id, "version": version})).mappings().one()
    return dict(row)


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


_RUNS = """
    FROM enrolment e JOIN member m ON m.id = e.member_id
    WHERE e.journey_id = :journey_id AND (CAST(:node AS text) IS NULL OR e.node = :node)
      AND (CAST(:state AS text) IS NULL OR e.state = :state) AND (CAST(:version AS int) IS NULL OR e.version = :version)
"""


async def runs(
    tx: Tx, journey_id: int, node: str | None, state: str | None, version: int | None, before: int | None, limit: int
) -> tuple[list[RunLine], int]:
    """Runs of a journey, the newest first, and how many there are in all."""
    params = {"journey_id": journey_id, "node": node, "state": state, "version": version}
    total = (await tx.execute(text(f"SELECT count(*) {_RUNS}"), params)).scalar_one()
    rows = await tx.execute(
        text(f"""
            SELECT e.id, e.member_id, m.name AS member_name, e.version, e.entry, e.key, e.state, e.node, e.entered_at,
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
