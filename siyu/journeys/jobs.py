"""The subscriber and the clockwork of journeys: a reader of facts, and the tick."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from siyu.audience.refresh import jobs as audience
from siyu.facts.lake.connection import Lake
from siyu.facts.log.subscribers import Subscriber
from siyu.facts.operation import actions as operation
from siyu.facts.operation import queries as operation_queries
from siyu.journeys.enrolments import queries as tick_queries
from siyu.journeys.enrolments.actions import clock_correction, enrolment, exits, held_entries, triggers
from siyu.journeys.enrolments.actions.tick import TICK_ROWS_MAX, TickResult, move_batch
from siyu.journeys.steps.queries import SUBSCRIBER
from siyu.kit.db import Database
from siyu.kit.isolation import error_class, is_infrastructure_fault, isolate
from siyu.kit.jobs import ClockCorrection, Timer
from siyu.kit.logs import logger

log = logger("journeys")
TICK_EVERY = timedelta(seconds=1)
SET_ASIDE_MAX = 20
"""Runs of one batch."""

TRIGGERS = Subscriber(SUBSCRIBER, None, triggers.consume)
"""Any fact may be a trigger, a goal or what somebody waits for."""


async def tick(db: Database, lake: Lake, now: datetime) -> None:
    """Let due schedules and audiences in, then move everybody who is due, batch by batch, each batch a transaction.

    A journey, a schedule or an intake that fails keeps its place and holds up no other; the first failure is raised at the
    end. A run that no step can work on is set aside alone.
    """
    failures: list[Exception] = []
    async with db.transaction() as tx:
        await operation.settle(tx, [item.id for item in await operation_queries.retries(tx, tick_queries.SOURCE)])
        schedules = await enrolment.due_schedules(tx, now)
    for journey_id in schedules:
        try:
            async with db.transaction() as tx:
                await enrolment.fire_schedule(tx, journey_id, now)
        except Exception as failure:
            log.error("schedule_stuck", journey_id=journey_id, error=error_class(failure))
            failures.append(failure)
    async with db.transaction() as tx:
        held, intakes = await tick_queries.held_entries(tx), await tick_queries.intakes(tx)
    for journey_id in held:
        try:
            while await _enter_held(db, journey_id, now):
                pass
        except Exception as failure:
            log.error("entries_stuck", journey_id=journey_id, error=error_class(failure))
            failures.append(failure)
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


async def _enter_held(db: Database, journey_id: int, now: datetime) -> bool:
    async with db.transaction() as tx:
        return await held_entries.enter_next_batch(tx, journey_id, now)


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
        try:
            async with db.transaction() as tx:
                result = await move_batch(tx, lake, journey_id, now)
        except Exception as failure:
            if is_infrastructure_fault(failure):
                raise
            result = await _move_apart(db, lake, journey_id, now)
        if result.claimed == 0:
            return
        if result.parked:
            await audience.catch_up(db, lake, now)


async def _move_apart(db: Database, lake: Lake, journey_id: int, now: datetime) -> TickResult:
    """Move a batch that fails as a whole: all but the runs at fault, which are set aside. With more than SET_ASIDE_MAX of them,
    or when none can be moved, the fault is the journey's own, and is raised."""
    whole, at_fault = TickResult(), list[tuple[int, Exception]]()
    async with db.transaction() as tx:
        workspace_id = await tick_queries.workspace_of(tx, journey_id)
        ids = await tick_queries.due_runs(tx, journey_id, now, TICK_ROWS_MAX)

    async def work(part: Sequence[int]) -> int:
        async with db.transaction() as tx:
            result = await move_batch(tx, lake, journey_id, now, only=part)
        whole.claimed += result.claimed
        whole.parked += result.parked
        return result.claimed

    async def note(run_id: int, error: Exception) -> None:
        at_fault.append((run_id, error))
        if len(at_fault) > SET_ASIDE_MAX:
            raise error

    await isolate(ids, work, note)
    if whole.claimed == 0 and at_fault:
        raise at_fault[0][1]
    async with db.transaction() as tx:
        for run_id, error in at_fault:
            await operation.set_aside(tx, tick_queries.SOURCE, SUBSCRIBER, str(run_id), workspace_id, error, now)
    whole.claimed += len(at_fault)
    return whole


TICK = Timer("journeys.tick", TICK_EVERY, tick)
CLOCK_CORRECTION = ClockCorrection("journeys", clock_correction.correct)
