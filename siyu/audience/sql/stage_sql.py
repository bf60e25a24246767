"""The lifecycle stage of somebody as SQL: the rule of `lifecycle.stage`, for audiences and for reports."""

from datetime import datetime

from siyu.audience.language import lifecycle
from siyu.audience.sql.params import timestamp_literal


def stage_case(first: str, last: str, recent: str, now: datetime) -> str:
    """The stage at `now` of somebody with an order, from columns of the first and last one and of how many lie within
    CORE_WITHIN."""
    return (
        f"CASE WHEN {last} < {timestamp_literal(now - lifecycle.LOST_AFTER)} THEN 'lost' "
        f"WHEN {last} < {timestamp_literal(now - lifecycle.SILENT_AFTER)} THEN 'silent' "
        f"WHEN {first} >= {timestamp_literal(now - lifecycle.NEW_WITHIN)} THEN 'new' "
        f"WHEN {recent} >= {lifecycle.CORE_ORDERS_MIN} THEN 'core' ELSE 'ordinary' END"
    )


def core_orders(now: datetime) -> str:
    """How many orders lie within CORE_WITHIN of `now`, over rows of orders with the column occurred_at."""
    inside = (
        f"occurred_at >= {timestamp_literal(now - lifecycle.CORE_WITHIN)} AND occurred_at < {timestamp_literal(now)}"
    )
    return f"count(CASE WHEN {inside} THEN 1 END)"
