"""Queries of what one member's evaluation needs to know of all the others."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from siyu.audience.language.lifecycle import RfmCuts
from siyu.audience.language.tree import Rfm, Top, Tree, deep
from siyu.audience.sql.query import Query, QueryBuilder, ranking, rfm_tables


def rfm_query(tree: Tree, workspace_id: int, now: datetime, zone: str) -> Query | None:
    """A query of one row, the cut points of r, f and m (null without orders); None when `tree` does not need them."""
    if not any(isinstance(leaf, Rfm) for leaf in deep(tree)):
        return None
    builder = QueryBuilder(workspace_id, now, zone)
    _, points = rfm_tables(builder)
    return builder.query(f"SELECT r, f, m FROM {points}")


def rfm_cuts(row: Sequence[Any]) -> RfmCuts | None:
    """The row of `rfm_query`; None when nobody has an order. Times come without a zone: they are UTC."""
    if row[0] is None:
        return None
    return RfmCuts(tuple(at.replace(tzinfo=UTC) for at in row[0]), tuple(row[1]), tuple(row[2]))


def top_queries(tree: Tree, workspace_id: int, now: datetime, zone: str) -> Iterator[tuple[Top, Query]]:
    """For each `top` a query of one row: the (value, member id) of the last one inside; no row when nobody has any."""
    for leaf in {leaf for leaf in deep(tree) if isinstance(leaf, Top)}:
        builder = QueryBuilder(workspace_id, now, zone)
        ranked = ranking(builder, leaf)
        yield leaf, builder.query(f"SELECT value, member_id FROM ({ranked}) ORDER BY value, member_id DESC LIMIT 1")
