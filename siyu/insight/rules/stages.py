"""Lifecycle stages in reports: the rule of the audience language as SQL, and a move between two moments as a condition."""

from datetime import datetime, timedelta
from typing import Any

from siyu.audience.language.lifecycle import CORE_ORDERS_MIN, CORE_WITHIN, LOST_AFTER, NEW_WITHIN, SILENT_AFTER, STAGES
from siyu.insight.rules.compile import literal
from siyu.kit.text import LocalizedText

NONE, ABSENT = "none", "absent"
"""A member without an order; not a member yet, and no order either."""
STAGE_LABELS: dict[str, LocalizedText] = {
    key: LocalizedText(zh, en.capitalize()) for key, (zh, en) in STAGES.items()
} | {
    NONE: LocalizedText("未下单", "No order yet"),
    ABSENT: LocalizedText("还不是客户", "Not a member yet"),
}
ACTIVE, AWAY = ("new", "ordinary", "core"), ("silent", "lost")

Tree = dict[str, Any]


def recent(moment: datetime) -> str:
    """The orders that make somebody core at `moment`, of the column occurred_at."""
    inside = f"occurred_at >= {literal(moment - CORE_WITHIN)} AND occurred_at < {literal(moment)}"
    return f"count(CASE WHEN {inside} THEN 1 END)"


def stage(first: str, last: str, orders: str, moment: datetime) -> str:
    """The stage at `moment` of somebody with an order, from columns of the first and last one and of `recent` ones."""
    return (
        f"CASE WHEN {last} < {literal(moment - LOST_AFTER)} THEN 'lost' "
        f"WHEN {last} < {literal(moment - SILENT_AFTER)} THEN 'silent' "
        f"WHEN {first} >= {literal(moment - NEW_WITHIN)} THEN 'new' "
        f"WHEN {orders} >= {CORE_ORDERS_MIN} THEN 'core' ELSE 'ordinary' END"
    )


def move(was: str, became: str, days: int) -> Tree:
    """Who was in the stage `was` so many days ago and is in `became` now, in the audience language."""
    now: Tree = {"order": {"count": {"is": 0}}} if became == NONE else {"stage": [became]}
    return {"all": [*_then(was, days), now]}


def _then(was: str, days: int) -> list[Tree]:
    """The stage `was`, `days` ago, as conditions on orders: each is the rule of `lifecycle.stage` moved back."""

    def ago(more: timedelta = timedelta()) -> str:
        return f"-{days + more.days}d"

    def ordered(since: timedelta, until: timedelta = timedelta(), **body: Any) -> Tree:
        return {"order": {"between": [ago(since), ago(until)], **body}}

    def first(**test: Any) -> Tree:
        return {"order": {"first": test}}

    if was in (NONE, ABSENT):
        joined = {"before" if was == NONE else "after": ago()}
        return [{"not": first(before=ago())}, {"profile": {"field": "created_at", **joined}}]
    if was == "lost":
        return [first(before=ago(LOST_AFTER)), ordered(LOST_AFTER, count={"is": 0})]
    if was == "silent":
        return [ordered(LOST_AFTER, SILENT_AFTER), ordered(SILENT_AFTER, count={"is": 0})]
    if was == "new":
        return [first(after=ago(NEW_WITHIN)), first(before=ago())]
    often = {">=": CORE_ORDERS_MIN} if was == "core" else {"<": CORE_ORDERS_MIN}
    return [ordered(SILENT_AFTER), first(before=ago(NEW_WITHIN)), ordered(CORE_WITHIN, count=often)]
