"""What the tick and the reader have to do."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import select, text

from siyu.facts.operation.queries import Source
from siyu.journeys.graph.entry import Trigger
from siyu.journeys.graph.structure import Graph, parse_graph, parse_trigger, trees_of
from siyu.journeys.models import HeldEntry, Intake, Journey, JourneyTrigger
from siyu.journeys.steps.fact_test import FactTest
from siyu.journeys.steps.queries import SUBSCRIBER
from siyu.kit.db import Tx
from siyu.kit.logs import logger
from siyu.platform.queries import HELD_WORKSPACES

log = logger("journeys")

SOURCE: Source = "enrolment"
NOT_SET_ASIDE = f"""NOT EXISTS (
    SELECT 1 FROM quarantined_item q WHERE q.source = '{SOURCE}' AND q.reader = '{SUBSCRIBER}'
      AND q.item_key = CAST(e.id AS text))"""
"""That a run `e` was not set aside: one that no step can work on waits for a person, and its journey goes on."""

_DUE = text(f"""
    SELECT j.id FROM journey j
    WHERE j.workspace_id NOT IN {HELD_WORKSPACES} AND ((j.state = 'live' AND EXISTS (
              SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.state = 'active' AND e.due_at <= :now
                AND {NOT_SET_ASIDE}))
       OR (j.state = 'ended' AND EXISTS (SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.state = 'active')))
    ORDER BY j.id
""")


async def due(tx: Tx, now: datetime) -> list[int]:
    """Journeys in which somebody is due to move, or to leave because it has ended."""
    return list((await tx.scalars(_DUE, {"now": now})).all())


_DUE_RUNS = text(f"""
    SELECT e.id FROM enrolment e
    WHERE e.journey_id = :journey_id AND e.state = 'active' AND e.due_at <= :now AND {NOT_SET_ASIDE}
    ORDER BY e.due_at LIMIT :rows
""")


async def due_runs(tx: Tx, journey_id: int, now: datetime, rows_max: int) -> list[int]:
    """The runs of a journey that are due, the longest waiting first."""
    return list((await tx.scalars(_DUE_RUNS, {"journey_id": journey_id, "now": now, "rows": rows_max})).all())


async def ended(tx: Tx, journey_id: int) -> bool:
    """Whether a journey has ended."""
    return await tx.scalar(select(Journey.state).where(Journey.id == journey_id)) == "ended"


async def intakes(tx: Tx) -> list[int]:
    """Audiences on their way into live journeys, the first asked first."""
    rows = await tx.scalars(
        select(Intake.id)
        .join(Journey, Journey.id == Intake.journey_id)
        .where(Journey.state == "live", Journey.workspace_id.not_in(text(HELD_WORKSPACES)))
        .order_by(Intake.id)
    )
    return list(rows.all())


async def held_entries(tx: Tx) -> list[int]:
    """Live journeys into which a trigger has let members while their brand was held, and that is let go."""
    rows = await tx.scalars(
        select(Journey.id)
        .where(
            Journey.state == "live",
            Journey.workspace_id.not_in(text(HELD_WORKSPACES)),
            Journey.id.in_(select(HeldEntry.journey_id)),
        )
        .order_by(Journey.id)
    )
    return list(rows.all())


async def workspace_of(tx: Tx, journey_id: int) -> int | None:
    """The brand of a journey."""
    return await tx.scalar(select(Journey.workspace_id).where(Journey.id == journey_id))


_RUNNING = text("""
    SELECT j.id AS journey_id, j.workspace_id, v.version, v.graph FROM journey j
    JOIN journey_version v ON v.journey_id = j.id
    WHERE j.state IN ('live', 'paused') AND j.id = :journey_id AND EXISTS (
        SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.version = v.version AND e.state = 'active')
""")


async def asks_lake(tx: Tx, journey_id: int) -> bool:
    """Whether somebody is on a version that asks the lake: it branches, or leaves by a tree."""
    return any(
        trees_of(parse_graph(row.graph, journey_id)) for row in await tx.execute(_RUNNING, {"journey_id": journey_id})
    )


@dataclass(frozen=True)
class Subscription:
    """What open runs of a version wait for: at `node` to be woken, or anywhere to leave for `why`."""

    journey_id: int
    version: int
    node: str | None
    why: str | None
    test: FactTest
    within: float | None = None


Subscriptions = Mapping[tuple[int, str], Sequence[Subscription]]


LATE_GOALS = timedelta(days=30)
"""An order that is brought in so long after it was paid still reaches the goal that it was within."""
_LISTENING = text("""
    SELECT j.id AS journey_id, j.workspace_id, v.version, v.graph FROM journey j
    JOIN journey_version v ON v.journey_id = j.id
    WHERE (j.state IN ('live', 'paused') AND EXISTS (
              SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.version = v.version AND e.state = 'active'))
       OR EXISTS (SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.version = v.version AND e.state = 'finished'
                    AND e.goal_at IS NULL AND e.goal_until > :since)
""")


async def subscriptions(tx: Tx, names: set[str], now: datetime) -> Subscriptions:
    """By brand and fact, of those in `names`: who waits for it, and whose goal it may be after their last step."""
    by_fact: dict[tuple[int, str], list[Subscription]] = defaultdict(list)
    for row in await tx.execute(_LISTENING, {"since": now - LATE_GOALS}):
        try:
            graph = parse_graph(row.graph, row.journey_id)
        except (KeyError, ValidationError) as failure:
            # its own tick says so too; the facts of all the others must not wait for it
            log.error("journey_unreadable", journey_id=row.journey_id, version=row.version, detail=str(failure)[:500])
            continue
        for subscription in _subscriptions_of(row.journey_id, row.version, graph):
            if subscription.test.fact in names:
                by_fact[(row.workspace_id, subscription.test.fact)].append(subscription)
    return by_fact


def _subscriptions_of(journey_id: int, version: int, graph: Graph) -> Iterator[Subscription]:
    for step in graph.steps.values():
        awaited = step.settings.awaits()
        if awaited is not None:
            yield Subscription(journey_id, version, step.id, None, awaited)
    if graph.goal is not None:
        yield Subscription(journey_id, version, None, "goal", graph.goal, graph.goal.within)
    for exit in graph.exits:
        if exit.fact:
            yield Subscription(journey_id, version, None, "condition", exit)


async def lock_shared(tx: Tx, journey_ids: Collection[int]) -> None:
    """Hold journeys against ending, moving and pausing, in the order of their ids, until `tx` ends."""
    await tx.execute(
        text("SELECT id FROM journey WHERE id = ANY(CAST(:ids AS int[])) ORDER BY id FOR SHARE"),
        {"ids": sorted(journey_ids)},
    )


async def journeys_of(tx: Tx, member_ids: Sequence[int]) -> set[int]:
    """The journeys that these members are in."""
    rows = await tx.scalars(
        text(
            "SELECT DISTINCT journey_id FROM enrolment "
            "WHERE member_id = ANY(CAST(:ids AS bigint[])) AND state = 'active'"
        ),
        {"ids": list(member_ids)},
    )
    return set(rows.all())


@dataclass(frozen=True)
class OpenTrigger:
    """What lets members into a journey, for facts from `since` on."""

    journey_id: int
    since: datetime
    trigger: Trigger


Triggers = Mapping[tuple[int, str], Sequence[OpenTrigger]]


async def triggers(tx: Tx, names: set[str]) -> Triggers:
    """By brand and fact, of those in `names`: what lets members in."""
    by_fact: dict[tuple[int, str], list[OpenTrigger]] = defaultdict(list)
    for row in await tx.scalars(select(JourneyTrigger).where(JourneyTrigger.fact.in_(names))):
        try:
            opened = OpenTrigger(row.journey_id, row.since, parse_trigger(row.config))
        except (KeyError, ValidationError) as failure:
            # nobody enters by what cannot be read; the facts of all the others must not wait for it
            log.error("trigger_unreadable", journey_id=row.journey_id, detail=str(failure)[:500])
            continue
        by_fact[(row.workspace_id, row.fact or "")].append(opened)
    return by_fact


@dataclass(frozen=True)
class DueWork:
    """What the journeys of a brand would do now: runs that would move, audiences that would enter, and members whom a trigger
    would have let in meanwhile."""

    enrolments: int
    intakes: int
    entries: int = 0


_DUE_WORK = text("""
    SELECT (SELECT count(*) FROM enrolment e JOIN journey j ON j.id = e.journey_id
            WHERE j.workspace_id = :workspace_id AND j.state = 'live' AND e.state = 'active' AND e.due_at <= :now),
           (SELECT count(*) FROM journey_intake i JOIN journey j ON j.id = i.journey_id
            WHERE j.workspace_id = :workspace_id AND j.state = 'live')
           + (SELECT count(*) FROM journey_trigger t JOIN journey j ON j.id = t.journey_id
              WHERE j.workspace_id = :workspace_id AND j.state = 'live' AND t.next_at <= :now),
           (SELECT count(*) FROM held_entry h JOIN journey j ON j.id = h.journey_id
            WHERE j.workspace_id = :workspace_id AND j.state = 'live')
""")


async def due_work(tx: Tx, workspace_id: int, now: datetime) -> DueWork:
    """What would happen now."""
    row = (await tx.execute(_DUE_WORK, {"workspace_id": workspace_id, "now": now})).one()
    return DueWork(int(row[0]), int(row[1]), int(row[2]))
