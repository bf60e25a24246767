"""Who enters, who may enter again, and what ends a run early."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from siyu.journeys.graph.property_filters import matches
from siyu.journeys.graph.structure import RUN_KEY_CHARS_MAX

TRIGGER_LATE_MAX = timedelta(days=2)
"""A fact that reaches us later than this enrols nobody: importing history must not start conversations."""


@dataclass(frozen=True)
class Reentry:
    """May a member enter again: `never`, `after_finish` (`days` after the last run ended) or `always` (ending the open
    run, `days` after it was entered)."""

    kind: Literal["never", "after_finish", "always"]
    days: int = 0


def reentry(config: Mapping[str, Any]) -> Reentry:
    """The re-entry rule of a checked graph."""
    return Reentry(config["kind"], int(config.get("days") or 0))


def listens(trigger: Mapping[str, Any]) -> str | None:
    """The fact a trigger listens for, if any."""
    return {"audience": "audience_entered", "fact": trigger.get("fact")}.get(trigger["kind"])


def timely(
    trigger: Mapping[str, Any], props: Mapping[str, Any], occurred: datetime, since: datetime, now: datetime
) -> bool:
    """Whether a fact sets the trigger off: it satisfies it, is not from before it listened, and does not come too late."""
    if occurred < since or now - occurred > TRIGGER_LATE_MAX:
        return False
    if trigger["kind"] == "audience":
        return bool(props.get("audience") == trigger["audience"])
    return matches(trigger.get("where"), props)


def key_of(trigger: Mapping[str, Any], props: Mapping[str, Any]) -> str:
    """What makes a run its own: the value of the trigger's key (an order number), or nothing."""
    name = trigger.get("key")
    return str(props.get(name, ""))[:RUN_KEY_CHARS_MAX] if name else ""


def reached(
    goal: Mapping[str, Any], fact: str, props: Mapping[str, Any], occurred: datetime, entered: datetime
) -> bool:
    """Whether a fact is the goal of a run entered at `entered`: after entering, and within the time if one is set."""
    if goal["fact"] != fact or occurred <= entered or not matches(goal.get("where"), props):
        return False
    within = goal.get("within")
    return not within or occurred <= entered + timedelta(seconds=within)
