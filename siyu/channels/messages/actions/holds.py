"""Stopping what waits: a source is held, let go again or ended, and messages are cancelled.

A message in a call that is being made at this moment is past stopping; of the others none goes out once the caller has
committed: `prepare_calls` and `mark_called` look at the holds again.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from siyu.channels.messages.actions.outcomes import StateChange, change_states
from siyu.channels.messages.actions.plan import record_states
from siyu.channels.messages.models import Message, MessageHold
from siyu.channels.messages.queries import MessageFilter, matching
from siyu.facts.catalogue.channels import MessageWithheld
from siyu.kit.db import Tx
from siyu.kit.errors import Conflict, NotFound
from siyu.platform.actions import audit
from siyu.platform.queries import Caller

CANCEL_ROWS_MAX = 50_000
"""Messages of one statement, so that the facts of a large cancelling are recorded in parts."""


class NotWaiting(Conflict):
    """What has gone out cannot be cancelled."""

    code, title, title_zh = "not_waiting", "This message is not waiting any more", "这条消息已不在等待发送"


async def hold(tx: Tx, workspace_id: int, source: str, by: str, now: datetime) -> int:
    """Nothing of `source` goes out until it is let go; returns how many messages wait. They give back their places under
    the caps."""
    await _stand(tx, workspace_id, source, "hold", by, now)
    held = await tx.scalars(
        text("""
            UPDATE message SET state = 'held', counts_at = NULL, changed_at = :now
            WHERE workspace_id = :workspace_id AND source = :source AND state = 'queued' RETURNING id
        """),
        {"workspace_id": workspace_id, "source": source, "now": now},
    )
    return len(held.all())


async def let_go(tx: Tx, workspace_id: int, source: str, now: datetime) -> int:
    """What was held is queued again and decided about anew; returns how many. What has waited too long meanwhile expires."""
    await tx.execute(delete(MessageHold).where(MessageHold.workspace_id == workspace_id, MessageHold.source == source))
    queued = await tx.scalars(
        text("""
            UPDATE message SET state = 'queued', due_at = greatest(due_at, CAST(:now AS timestamptz)), changed_at = :now
            WHERE workspace_id = :workspace_id AND source = :source AND state = 'held' RETURNING id
        """),
        {"workspace_id": workspace_id, "source": source, "now": now},
    )
    return len(queued.all())


async def end(tx: Tx, workspace_id: int, source: str, by: str, now: datetime) -> int:
    """`source` sends nothing any more: what waits is cancelled, and what comes back from a provider that was busy too."""
    await _stand(tx, workspace_id, source, "cancel", by, now)
    return await cancel_matching(tx, workspace_id, MessageFilter(source=source), by, now)


async def _stand(tx: Tx, workspace_id: int, source: str, effect: str, by: str, now: datetime) -> None:
    values: dict[str, Any] = {"effect": effect, "held_by": by, "held_at": now}
    statement = insert(MessageHold).values(workspace_id=workspace_id, source=source, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["workspace_id", "source"], set_=values))


async def cancel_matching(tx: Tx, workspace_id: int, criteria: MessageFilter, by: str, now: datetime) -> int:
    """Withhold for good whatever waits and matches; returns how many."""
    condition, params = matching(workspace_id, criteria)
    number = 0
    while True:
        rows = await tx.scalars(
            text(f"""
                UPDATE message SET state = 'withheld', reason = 'cancelled', counts_at = NULL, changed_at = :now
                WHERE id IN (SELECT m.id FROM message m WHERE m.state IN ('queued', 'held') AND {condition}
                             ORDER BY m.id LIMIT :rows_max FOR UPDATE)
                  AND state IN ('queued', 'held') RETURNING id
            """),
            {**params, "now": now, "rows_max": CANCEL_ROWS_MAX},
        )
        ids = rows.all()
        await record_states(tx, MessageWithheld, "withheld", ids, now, by)
        number += len(ids)
        if len(ids) < CANCEL_ROWS_MAX:
            return number


async def cancel_all(tx: Tx, caller: Caller, criteria: MessageFilter, now: datetime) -> int:
    """Cancel what waits and matches, on a person's word; returns how many."""
    number = await cancel_matching(tx, caller.workspace_id, criteria, caller.actor, now)
    # a searched text may be a name or a number of a person, and the audit trail is kept for ever
    shown = {**vars(criteria), "search": "…" if criteria.search else None}
    detail = {name: value for name, value in shown.items() if value is not None} | {"messages": number}
    await audit(tx, caller, "message", "cancelled", "", now, detail)
    return number


async def cancel_one(tx: Tx, caller: Caller, message_id: int, now: datetime) -> Message:
    """Cancel one message that waits. Raises NotFound, NotWaiting."""
    row = await tx.get(Message, message_id, with_for_update=True)
    if row is None or row.workspace_id != caller.workspace_id:
        raise NotFound()
    if row.state not in ("queued", "held"):
        raise NotWaiting()
    row.state, row.reason, row.counts_at, row.changed_at = "withheld", "cancelled", None, now
    await tx.flush()
    await record_states(tx, MessageWithheld, "withheld", [row.id], now, caller.actor)
    await audit(tx, caller, "message", "cancelled", str(row.id), now)
    return row


async def cancel_due(tx: Tx, caller: Caller, now: datetime) -> int:
    """Cancel what would go out now; of calls that were under way nobody knows whether they went out. Returns how many."""
    sending = await tx.execute(
        text("SELECT id, dispatch_id FROM message WHERE workspace_id = :workspace_id AND state = 'sending' FOR UPDATE"),
        {"workspace_id": caller.workspace_id},
    )
    doubtful = [StateChange(row.id, row.dispatch_id, "in_doubt", "lost") for row in sending if row.dispatch_id]
    await change_states(tx, doubtful, ("sending",), now)
    await tx.execute(
        text("UPDATE dispatch SET closed_at = :now WHERE id = ANY(CAST(:ids AS bigint[])) AND closed_at IS NULL"),
        {"ids": sorted({change.dispatch_id for change in doubtful}), "now": now},
    )
    rows = await tx.scalars(
        text("""
            UPDATE message SET state = 'withheld', reason = 'cancelled', counts_at = NULL, changed_at = :now
            WHERE workspace_id = :workspace_id AND state = 'queued' AND due_at <= :now RETURNING id
        """),
        {"workspace_id": caller.workspace_id, "now": now},
    )
    ids = rows.all()
    await record_states(tx, MessageWithheld, "withheld", ids, now, caller.actor)
    return len(ids) + len(doubtful)
