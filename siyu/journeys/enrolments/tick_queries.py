"""What the tick and the reader have to do."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from siyu.journeys.graph.structure import read, trees_of
from siyu.journeys.models import Intake, Journey, Trigger
from siyu.kit.db import Tx

_DUE = text("""
    SELECT j.id FROM journey j
    WHERE (j.state = 'live' AND EXISTS (
              SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.state = 'active' AND e.due_at <= :now))
       OR (j.state = 'ended' AND EXISTS (SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.state = 'active'))
    ORDER BY j.id
""")


async def due(tx: Tx, now: datetime) -> list[int]:
    """Journeys in which somebody is due to move, or to leave because it has ended."""
    return list((await tx.scalars(_DUE, {"now": now})).all())


async def ended(tx: Tx, journey_id: int) -> bool:
    """Whether a journey has ended."""
    return await tx.scalar(select(Journey.state).where(Journey.id == journey_id)) == "ended"


async def intakes(tx: Tx) -> list[int]:
    """Audiences on their way into live journeys, the first asked first."""
    rows = await tx.scalars(
        select(Intake.id)
        .join(Journey, Journey.id == Intake.journey_id)
        .where(Journey.state == "live")
        .order_by(Intake.id)
    )
    return list(rows.all())


_RUNNING = text("""
    SELECT j.id AS journey_id, j.workspace_id, v.version, v.graph FROM journey j
    JOIN journey_version v ON v.journey_id = j.id
    WHERE j.state IN ('live', 'paused') AND (CAST(:journey_id AS int) IS NULL OR j.id = :journey_id) AND EXISTS (
        SELECT 1 FROM enrolment e WHERE e.journey_id = j.id AND e.version = v.version AND e.state = 'active')
""")


async def asks_lake(tx: Tx, journey_id: int) -> bool:
    """Whether somebody is on a version that asks the lake: it branches, or leaves by a tree."""
    return any(trees_of(read(row.graph, journey_id)) for row in await tx.execute(_RUNNING, {"journey_id": journey_id}))


READER_NAME = "journeys"
_UNCONSUMED = text("""
    SELECT f.member_id, f.occurred_at, f.props FROM fact f
    WHERE (f.txid, f.seq) > (COALESCE((SELECT c.txid FROM fact_cursor c WHERE c.reader = :reader), CAST('0' AS xid8)),
                             COALESCE((SELECT c.seq FROM fact_cursor c WHERE c.reader = :reader), 0))
      AND f.workspace_id = :workspace_id AND f.name = :fact AND f.member_id = ANY(CAST(:members AS bigint[]))
    ORDER BY f.occurred_at
""")


async def unconsumed(
    tx: Tx, workspace_id: int, fact: str, member_ids: Sequence[int]
) -> list[tuple[int, datetime, Mapping[str, Any]]]:
    """(member, when, properties) of facts of a kind that are recorded but not yet read by our reader, the oldest first."""
    params = {"reader": READER_NAME, "workspace_id": workspace_id, "fact": fact, "members": list(member_ids)}
    return [(row.member_id, row.occurred_at, row.props) for row in (await tx.execute(_UNCONSUMED, params)).all()]


@dataclass(frozen=True)
class Subscription:
    """What open runs of a version listen for: at `node` to be woken, or anywhere to leave for `why`."""

    journey_id: int
    version: int
    node: str | None
    why: str | None
    where: Sequence[Mapping[str, Any]] | None
    within: float | None = None


Subscriptions = Mapping[tuple[int, str], Sequence[Subscription]]


async def subscriptions(tx: Tx, names: set[str]) -> Subscriptions:
    """By brand and fact, of those in `names`: who listens."""
    found: dict[tuple[int, str], list[Subscription]] = defaultdict(list)
    for row in await tx.execute(_RUNNING, {"journey_id": None}):
        one = read(row.graph, row.journey_id)
        heard = [
            (step.config["fact"], Subscription(row.journey_id, row.version, step.id, None, step.config.get("where")))
            for step in one.steps.values()
            if step.kind == "wait_until"
        ]
        if one.goal is not None:
            goal = Subscription(
                row.journey_id, row.version, None, "goal", one.goal.get("where"), one.goal.get("within")
            )
            heard.append((one.goal["fact"], goal))
        heard += [
            (exit["fact"], Subscription(row.journey_id, row.version, None, "condition", exit.get("where")))
            for exit in one.exits
            if "fact" in exit
        ]
        for fact, subscription in heard:
            if fact in names:
                found[(row.workspace_id, fact)].append(subscription)
    return found


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


Triggers = Mapping[tuple[int, str], Sequence[Trigger]]


async def triggers(tx: Tx, names: set[str]) -> Triggers:
    """By brand and fact, of those in `names`: what lets members in."""
    found: dict[tuple[int, str], list[Trigger]] = defaultdict(list)
    for trigger in await tx.scalars(select(Trigger).where(Trigger.fact.in_(names))):
        found[(trigger.workspace_id, trigger.fact or "")].append(trigger)
    return found
