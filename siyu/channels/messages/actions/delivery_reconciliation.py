"""Delivery reconciliation: what the platform says became of each receiver of a call that was carried out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text

from siyu.channels.adapters.types import DeliveryOutcome
from siyu.channels.messages import queries as message_queries
from siyu.channels.messages.actions.outcomes import StateChange, change_states, close_done
from siyu.channels.messages.queries import OpenCall
from siyu.kit.db import Tx

OPEN_STATES = ("sent", "in_doubt")


async def reconcile(tx: Tx, answers: Mapping[int, tuple[OpenCall, Sequence[DeliveryOutcome]]], now: datetime) -> int:
    """Move the messages of calls (by dispatch id) to what became of them; calls with none left open are closed.

    Returns how many messages moved. A delivered message counts against caps from the moment it was delivered.
    """
    outcomes = {
        (dispatch_id, outcome.address): (call, outcome)
        for dispatch_id, (call, call_outcomes) in answers.items()
        for outcome in call_outcomes
    }
    changes = []
    for message in await message_queries.messages_of(tx, list(answers), OPEN_STATES):
        known = outcomes.get((message.dispatch_id or 0, message.address or ""))
        if known is None:
            continue
        call, outcome = known
        at = min(max(outcome.at or now, call.started_at), now)
        counts_at = at if outcome.state == "delivered" else None
        changes.append(StateChange(message.id, call.dispatch_id, outcome.state, outcome.reason, counts_at=counts_at))
    moved = await change_states(tx, changes, OPEN_STATES, now)
    await close_done(tx, list(answers), now)
    return sum(len(ids) for ids in moved.values())


async def mark_checked(tx: Tx, dispatch_ids: Sequence[int], now: datetime) -> None:
    """Remember when these calls were last asked about, whether or not there was an answer."""
    await tx.execute(
        text("UPDATE dispatch SET checked_at = :now WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(dispatch_ids), "now": now},
    )


async def expire_unconfirmed(tx: Tx, calls: Sequence[OpenCall], now: datetime) -> None:
    """Staff did not confirm these and are asked no more: what is still open has failed."""
    ids = [call.dispatch_id for call in calls]
    if not ids:
        return
    changes = [
        StateChange(message.id, message.dispatch_id or 0, "failed", "staff_not_confirmed")
        for message in await message_queries.messages_of(tx, ids, OPEN_STATES)
    ]
    await change_states(tx, changes, OPEN_STATES, now)
    await tx.execute(
        text("UPDATE dispatch SET closed_at = :now, trouble = 'not confirmed' WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": ids, "now": now},
    )
