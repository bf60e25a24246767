"""After the clock has been set back: members who were moved, and triggers that were opened, by the clock that was ahead."""

from datetime import datetime

from sqlalchemy import text

from siyu.kit.db import Tx

_RUNS = text("""
    UPDATE enrolment SET due_at = due_at - (arrived_at - CAST(:now AS timestamptz)), arrived_at = :now,
        entered_at = least(entered_at, :now)
    WHERE state = 'active' AND arrived_at > :now
""")
_WOKEN = text("UPDATE enrolment SET due_at = :now WHERE state = 'active' AND happened_at > :now AND due_at > :now")
_TRIGGERS = text("UPDATE journey_trigger SET since = :now WHERE since > :now")


async def correct(tx: Tx, now: datetime) -> None:
    """Bring runs and triggers to `now`."""
    for statement in (_RUNS, _WOKEN, _TRIGGERS):
        await tx.execute(statement, {"now": now})
