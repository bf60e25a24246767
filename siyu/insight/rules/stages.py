"""Lifecycle stages in reports: what they are called, and a move between two moments as a condition of the audience language."""

from datetime import timedelta
from typing import Any

from siyu.audience.language.lifecycle import CORE_ORDERS_MIN, CORE_WITHIN, LOST_AFTER, NEW_WITHIN, SILENT_AFTER, STAGES
from siyu.kit.text import LocalizedText

NONE, ABSENT = "none", "absent"
"""A member without an order; not a member yet, and no order either."""
STAGE_LABELS: dict[str, LocalizedText] = {
    key: LocalizedText(label.zh, label.en.capitalize()) for key, label in STAGES.items()
} | {
    NONE: LocalizedText("未下单", "No order yet"),
    ABSENT: LocalizedText("还不是客户", "Not a member yet"),
}
ACTIVE, AWAY = ("new", "ordinary", "core"), ("silent", "lost")

Tree = dict[str, Any]


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
