"""The subscriber and the clockwork of journeys: a reader of facts, and the tick."""

from datetime import datetime, timedelta

from siyu.audience.refresh import jobs as audience
from siyu.facts.lake.connection import Lake
from siyu.facts.log.subscribers import Subscriber
from siyu.journeys.enrolments import queries as tick_queries
from siyu.journeys.enrolments.actions import clock_correction, enrolment, exits, triggers
from siyu.journeys.enrolments.actions.tick import move_batch
from siyu.journeys.steps.queries import SUBSCRIBER
from siyu.kit.db import Database
from siyu.kit.isolation import error_class
from siyu.kit.jobs import ClockCorrection, Timer
from siyu.kit.logs import logger

log = logger("journeys")
TICK_EVERY = timedelta(seconds=1)

TRIGGERS = Subscriber(SUBSCRIBER, None, triggers.consume)
"""Any fact may be a trigger, a goal or what somebody waits for."""


async def tick(db: Database, lake: Lake, now: datetime) -> None:
    """Let due schedules and audiences in, then move everybody who is due, batch by batch, each batch a transaction.

    A journey or an intake that fails keeps its place and holds up no other; the first failure is raised at the end.
    """
    async with db.transaction() as tx:
        await enrolment.fire_schedules(tx, now)
        intakes = await tick_queries.intakes(tx)
    failures: list[Exception] = []
    for intake_id in intakes:
        try:
            while await _enrol_next_batch(db, intake_id, now):
                pass
        except Exception as failure:
            log.error("intake_stuck", intake_id=intake_id, error=error_class(failure))
            failures.append(failure)
    async with db.transaction() as tx:
        due = await tick_queries.due(tx, now)
    for journey_id in due:
        try:
            await _move(db, lake, journey_id, now)
        except Exception as failure:
            log.error("journey_stuck", journey_id=journey_id, error=error_class(failure))
            failures.append(failure)
    if failures:
        raise failures[0]


async def _enrol_next_batch(db: Database, intake_id: int, now: datetime) -> bool:
    async with db.transaction() as tx:
        return await enrolment.enrol_next_batch(tx, intake_id, now)


async def _move(db: Database, lake: Lake, journey_id: int, now: datetime) -> None:
    async with db.transaction() as tx:
        over = await tick_queries.ended(tx, journey_id)
        asks = not over and await tick_queries.asks_lake(tx, journey_id)
    while over:
        async with db.transaction() as tx:
            over = await exits.drain(tx, journey_id, now) > 0
    if asks:
        # a branch must see what was recorded before the run came to it, and what the step before it did
        await audience.catch_up(db, lake, now)
    while True:
        async with db.transaction() as tx:
            result = await move_batch(tx, lake, journey_id, now)
        if result.claimed == 0:
            return
        if result.parked:
            await audience.catch_up(db, lake, now)


TICK = Timer("journeys.tick", TICK_EVERY, tick)
CLOCK_CORRECTION = ClockCorrection("journeys", clock_correction.correct)
