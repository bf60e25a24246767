"""What a webhook's receiver reports: that a message arrived, or did not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from siyu.channels.adapters.types import Account
from siyu.channels.messages.actions.outcomes import StateChange, change_states, close_done
from siyu.channels.models import Message
from siyu.kit.db import Tx

STATES = {"message.delivered": "delivered", "message.failed": "failed"}
BEFORE = ("sending", "sent", "in_doubt")


async def apply(tx: Tx, account: Account, said: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Move messages of `account` to what is said of them: {type, data: {message_id}}; anything else is passed over."""
    told: dict[int, str] = {}
    for one in said:
        data = one.get("data")
        number = data.get("message_id") if isinstance(data, dict) else None
        if one.get("type") in STATES and isinstance(number, int):
            told[number] = STATES[str(one["type"])]
    rows = await tx.scalars(
        select(Message).where(Message.id.in_(told), Message.account_id == account.id, Message.dispatch_id.is_not(None))
    )
    changes = [
        StateChange(row.id, row.dispatch_id or 0, told[row.id], "refused" if told[row.id] == "failed" else None)
        for row in rows
    ]
    await change_states(tx, changes, BEFORE, now)
    await close_done(tx, [one.dispatch_id for one in changes], now)
