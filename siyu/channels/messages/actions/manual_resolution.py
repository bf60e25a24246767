"""A person's word about a message in doubt."""

from datetime import datetime

from siyu.channels.messages.actions.outcomes import FACTS, close_done
from siyu.channels.messages.actions.plan import record_states
from siyu.channels.messages.rules import NotInDoubt, Outcome
from siyu.channels.models import Message
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.platform.actions import audit
from siyu.platform.queries import Caller


async def resolve(tx: Tx, caller: Caller, message_id: int, outcome: Outcome, now: datetime) -> Message:
    """Settle a message in doubt: it was `delivered`, it `failed`, or it is `queued` to be sent again.

    Sent again, it is decided about anew; its place under the caps it keeps. Raises NotFound, NotInDoubt.
    """
    row = await tx.get(Message, message_id, with_for_update=True)
    if row is None or row.workspace_id != caller.workspace_id:
        raise NotFound()
    if row.state != "in_doubt":
        raise NotInDoubt(row.state)
    dispatch_id = row.dispatch_id
    row.state, row.changed_at = outcome, now
    row.reason = "not_received" if outcome == "failed" else None
    if outcome == "queued":
        row.due_at, row.dispatch_id = now, None
    await tx.flush()
    for kind in FACTS.get(outcome, ()):
        await record_states(tx, kind, outcome, [row.id], now, caller.actor)
    if dispatch_id is not None:
        await close_done(tx, [dispatch_id], now)
    await audit(tx, caller, "message", "resolved", str(row.id), now, {"outcome": outcome})
    return row
