"""After the clock has been set back: what was queued and leased by the clock that was ahead."""

from datetime import datetime

from sqlalchemy import text

from siyu.kit.db import Tx

_MESSAGES = text("""
    UPDATE message SET due_at = due_at - (changed_at - CAST(:now AS timestamptz)), changed_at = :now
    WHERE state = 'queued' AND changed_at > :now
""")
_CALLS = text("""
    UPDATE dispatch SET lease_until = lease_until - (greatest(started_at, called_at) - CAST(:now AS timestamptz)),
        called_at = CASE WHEN called_at IS NOT NULL THEN least(called_at, :now) END
    WHERE closed_at IS NULL AND answered_at IS NULL AND greatest(started_at, called_at) > :now
""")
_CHECKS = text("UPDATE dispatch SET checked_at = :now WHERE closed_at IS NULL AND checked_at > :now")


async def correct(tx: Tx, now: datetime) -> None:
    """Bring messages and calls to `now`. Quiet hours and caps are looked at again before anything is sent."""
    for statement in (_MESSAGES, _CALLS, _CHECKS):
        await tx.execute(statement, {"now": now})
