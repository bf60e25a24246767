"""Lifecycle stages as SQL: the rule of the audience language over columns of somebody's orders."""

from datetime import datetime

from siyu.audience.language.lifecycle import CORE_ORDERS_MIN, CORE_WITHIN, LOST_AFTER, NEW_WITHIN, SILENT_AFTER
from siyu.insight.sql.facts import literal


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
