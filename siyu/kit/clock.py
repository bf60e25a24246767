"""The one clock. Only doors and timers read it; everything below is told the time."""

from datetime import UTC, datetime, timedelta

_pinned: datetime | None = None


def now() -> datetime:
    """This moment, aware, in UTC; the pinned one when the clock is pinned."""
    return _pinned if _pinned is not None else datetime.now(UTC)


def pin(moment: datetime) -> None:
    """Stop the clock at `moment` (aware)."""
    global _pinned
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware times only")
    _pinned = moment.astimezone(UTC)


def move(by: timedelta) -> datetime:
    """Move a pinned clock forward by `by` and return the new moment; raises ValueError when it runs freely."""
    if _pinned is None:
        raise ValueError("only a pinned clock can be moved")
    pin(_pinned + by)
    return now()


def run_free() -> None:
    """Let the clock follow the machine again."""
    global _pinned
    _pinned = None
