"""Whom triggers let in while a brand is held after a move: written down, and enrolled once it is let go."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from siyu.contacts.merges import queries as contacts
from siyu.journeys.enrolments.actions.enrolment import enrol_candidates
from siyu.journeys.models import HeldEntry
from siyu.journeys.queries import search
from siyu.kit.db import Tx
from siyu.kit.limits import BATCH_ROWS_MAX


async def hold_entries(tx: Tx, journey_id: int, candidates: Sequence[tuple[int, str]], now: datetime) -> None:
    """Write down the (member, key) whom the trigger of a journey of a held brand lets in."""
    rows = [
        {"journey_id": journey_id, "member_id": member, "key": key, "happened_at": now}
        for member, key in dict.fromkeys(candidates)
    ]
    await tx.execute(insert(HeldEntry).values(rows).on_conflict_do_nothing())


async def enter_next_batch(tx: Tx, journey_id: int, now: datetime) -> bool:
    """Let the next of them in; False when there is nothing more to do for now."""
    journey = await search.live_or_none(tx, journey_id)
    if journey is None:
        return False
    rows = (
        await tx.scalars(
            select(HeldEntry)
            .where(HeldEntry.journey_id == journey_id)
            .order_by(HeldEntry.happened_at, HeldEntry.member_id, HeldEntry.key)
            .limit(BATCH_ROWS_MAX)
            .with_for_update(skip_locked=True)
        )
    ).all()
    winners = await contacts.canonical(tx, [row.member_id for row in rows])
    candidates = [(winners.get(row.member_id, row.member_id), row.key) for row in rows]
    await enrol_candidates(tx, journey, candidates, now)
    for row in rows:
        await tx.delete(row)
    return len(rows) == BATCH_ROWS_MAX
