"""Who reads the log: each at a cursor of its own, batch by batch, and killed anywhere without losing or repeating a batch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import text

from siyu.facts.log import queries
from siyu.facts.log.queries import FactRecord, Position
from siyu.facts.operation import actions as operation
from siyu.facts.operation import queries as operation_queries
from siyu.kit.db import Database, Tx
from siyu.kit.isolation import is_infrastructure_fault, isolate

READ_ROWS_MAX = 5_000
SPAN_ROWS_MAX = queries.BATCH_ROWS_MAX


@dataclass(frozen=True)
class Subscriber:
    """A room that reads the log: `read` gets each batch once, in the transaction that moves the cursor."""

    name: str
    kinds: frozenset[str] | None
    read: Callable[[Tx, list[FactRecord], datetime], Awaitable[None]]
    rows_max: ClassVar[int] = READ_ROWS_MAX

    async def consume(self, tx: Tx, after: Position, upto: Position, now: datetime) -> int:
        """Hand over what lies between; returns how many facts that were."""
        batch = await queries.between(tx, after, upto, self.kinds)
        if batch:
            await self.read(tx, batch, now)
        return len(batch)


@dataclass(frozen=True)
class BatchConsumer:
    """A subscriber that need not see each fact: `mark` gets the ends of a span (after, upto], asks the log itself and returns
    how many facts concern it."""

    name: str
    mark: Callable[[Tx, Position, Position, datetime], Awaitable[int]]
    rows_max: ClassVar[int] = SPAN_ROWS_MAX

    async def consume(self, tx: Tx, after: Position, upto: Position, now: datetime) -> int:
        """Tell of the span."""
        return await self.mark(tx, after, upto, now)


AnySubscriber = Subscriber | BatchConsumer
"""Whoever reads the log at a cursor of its own."""


async def consume_new(db: Database, subscriber: AnySubscriber, now: datetime) -> int:
    """Hand `subscriber` what is new in the log, batch by batch. A fact that it cannot work on is set aside alone; at a fault
    of our own the batch stays at its cursor. Returns the facts handed over."""
    total = await _retry(db, subscriber, now)
    while True:
        async with db.transaction() as tx:
            await tx.execute(
                text("INSERT INTO fact_cursor (reader) VALUES (:reader) ON CONFLICT DO NOTHING"),
                {"reader": subscriber.name},
            )
        async with db.transaction() as tx:
            row = (
                await tx.execute(
                    text(
                        "SELECT txid::text::bigint, seq FROM fact_cursor WHERE reader = :reader FOR UPDATE SKIP LOCKED"
                    ),
                    {"reader": subscriber.name},
                )
            ).one_or_none()
            if row is None:
                return total
            after = Position(*row)
            upto = await queries.bound(tx, after, subscriber.rows_max)
            if upto is None:
                return total
            total += await _consume(tx, subscriber, after, upto, now)
            await tx.execute(
                text(
                    "UPDATE fact_cursor SET txid = CAST(CAST(:txid AS text) AS xid8), seq = :seq WHERE reader = :reader"
                ),
                {"txid": str(upto.txid), "seq": upto.seq, "reader": subscriber.name},
            )


async def _consume(tx: Tx, subscriber: AnySubscriber, after: Position, upto: Position, now: datetime) -> int:
    """Hand over what lies between, in `tx`; where that fails, all but the facts at fault."""
    try:
        async with tx.begin_nested():
            return await subscriber.consume(tx, after, upto, now)
    except Exception as error:
        if is_infrastructure_fault(error):
            raise
    places = await queries.positions(tx, after, upto)
    before = dict(zip(places, [after, *places], strict=False))

    async def hand_over(part: Sequence[Position]) -> int:
        async with tx.begin_nested():
            return await subscriber.consume(tx, before[part[0]], part[-1], now)

    async def set_aside(place: Position, error: Exception) -> None:
        await _set_aside(tx, subscriber, place.seq, error, now)

    return await isolate(places, hand_over, set_aside)


async def _set_aside(tx: Tx, subscriber: AnySubscriber, seq: int, error: Exception, now: datetime) -> None:
    stands = await queries.place_of(tx, seq)
    await operation.set_aside(tx, "fact", subscriber.name, str(seq), stands and stands[1], error, now)


async def _retry(db: Database, subscriber: AnySubscriber, now: datetime) -> int:
    """Hand over the facts that somebody wants tried again; those that the log has no more are let go."""
    count = 0
    async with db.transaction() as tx:
        for item in await operation_queries.retries(tx, "fact", subscriber.name):
            stands = await queries.place_of(tx, int(item.item_key))
            try:
                if stands is not None:
                    place = stands[0]
                    async with tx.begin_nested():
                        count += await subscriber.consume(tx, Position(place.txid, place.seq - 1), place, now)
                await operation.settle(tx, [item.id])
            except Exception as error:
                if is_infrastructure_fault(error):
                    raise
                await _set_aside(tx, subscriber, int(item.item_key), error, now)
    return count
