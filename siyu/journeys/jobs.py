"""The ear and the clockwork of journeys: a reader of facts, and the tick."""

from datetime import datetime, timedelta

from siyu.audience import jobs as audience
from siyu.facts.lake.connection import Lake
from siyu.facts.log.subscribers import Subscriber
from siyu.journeys import actions, queries
from siyu.kit.db import Database
from siyu.kit.jobs import Timer
from siyu.kit.logs import logger

log = logger("journeys")
TICK_EVERY = timedelta(seconds=1)

READER = Subscriber(queries.READER_NAME, None, actions.hear)
"""Any fact may be a trigger, a goal or what somebody waits for."""


async def tick(db: Database, lake: Lake, now: datetime) -> None:
    """Let due schedules and audiences in, then move everybody who is due, batch by batch, each batch a transaction.

    A journey that fails keeps its place and does not hold up the others; the first failure is raised at the end.
    """
    async with db.transaction() as tx:
        await actions.fire(tx, now)
        intakes = await queries.intakes(tx)
    for intake_id in intakes:
        while await _one_intake(db, intake_id, now):
            pass
    async with db.transaction() as tx:
        due = await queries.due(tx, now)
    troubles: list[Exception] = []
    for journey_id in due:
        try:
            await _move(db, lake, journey_id, now)
        except Exception as trouble:
            log.error("journey_stuck", journey_id=journey_id, error=type(trouble).__name__, detail=str(trouble)[:500])
            troubles.append(trouble)
    if troubles:
        raise troubles[0]


async def _one_intake(db: Database, intake_id: int, now: datetime) -> bool:
    async with db.transaction() as tx:
        return await actions.take_in(tx, intake_id, now)


async def _move(db: Database, lake: Lake, journey_id: int, now: datetime) -> None:
    async with db.transaction() as tx:
        over = await queries.ended(tx, journey_id)
        asks = not over and await queries.asks_lake(tx, journey_id)
    while over:
        async with db.transaction() as tx:
            over = await actions.drain(tx, journey_id, now) > 0
    if asks:
        # a branch must see what was recorded before the run came to it, and what the step before it did
        await audience.freshen(db, lake, now)
    while True:
        async with db.transaction() as tx:
            ticked = await actions.tick(tx, lake, journey_id, now)
        if ticked.claimed == 0:
            return
        if ticked.parked:
            await audience.freshen(db, lake, now)


TICK = Timer("journeys.tick", TICK_EVERY, tick)
