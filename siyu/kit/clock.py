"""The one clock. Only doors and timers read it; everything below is told the time."""

from datetime import UTC, datetime, timedelta

_frozen: datetime | None = None


def now() -> datetime:
    """This moment, aware, in UTC; the frozen one when the clock is frozen."""
    return _frozen if _frozen is not None else datetime.now(UTC)


def is_over(last: datetime | None, wait: timedelta, at: datetime) -> bool:
    """Whether `wait` has passed at `at` since `last`. A last time that lies ahead was told by a clock that has been set
    back since: it counts as over, and so does no last time."""
    return last is None or last > at or at - last >= wait


def freeze(at: datetime) -> None:
    """Stop the clock at `at` (aware)."""
    global _frozen
    if at.tzinfo is None:
        raise ValueError("the clock takes aware times only")
    _frozen = at.astimezone(UTC)


def advance(by: timedelta) -> datetime:
    """Move a frozen clock forward by `by` and return the new moment; raises ValueError when it runs freely."""
    if _frozen is None:
        raise ValueError("only a frozen clock can be moved")
    freeze(_frozen + by)
    return now()


def unfreeze() -> None:
    """Let the clock follow the machine again."""
    global _frozen
    _frozen = None
