"""Answers: reports and the state of the shop."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb

from siyu.facts.lake import Lake
from siyu.insight.reports import KINDS
from siyu.insight.rules import params as rules
from siyu.insight.rules.compile import Query
from siyu.insight.rules.shape import Asked, Report, ReportKind, Row, Shaped, definitions
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.platform import queries as platform


async def report(
    tx: Tx, lake: Lake, workspace_id: int, zone: str, name: str, params: Mapping[str, str], now: datetime
) -> Report:
    """Answer the report `name` of a brand; raises NotFound, Invalid.

    `params` are texts as an address carries them; every report lists its own in `rules.shape.ReportKind.params`.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise NotFound(f"There is no report {name[:60]!r}; there are {', '.join(KINDS)}", "没有这份报表")
    values = rules.check(kind.params, params, zone)
    as_of, window, previous = rules.windows(values, zone, now)
    workspace = await platform.workspace(tx, workspace_id)
    asked = Asked(
        workspace_id, zone, workspace.currency, as_of, window, previous if kind.compares else None, False, values
    )
    return framed(kind, asked, await answered(lake, kind, asked))


async def answered(lake: Lake, kind: ReportKind, asked: Asked) -> Shaped:
    """Ask the lake and shape the answer."""
    asks: dict[str, Query] = kind.ask(asked)

    def work(cursor: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
        return {name: rows(cursor, query) for name, query in asks.items()}

    shaped: Shaped = kind.shape(asked, await lake.run(work))
    return shaped


def rows(cursor: duckdb.DuckDBPyConnection, query: Query) -> list[Row]:
    """Rows of one query, by column name."""
    done = cursor.execute(query.sql, dict(query.params))
    heads = [column[0] for column in done.description or ()]
    return [dict(zip(heads, row, strict=True)) for row in done.fetchall()]


def framed(kind: ReportKind, asked: Asked, shaped: Shaped) -> Report:
    """The whole report: the answer with its frame and the definitions of every metric in it."""
    about_period: Any = kind.period is not None or not asked.window.all_history
    return Report(
        kind.name,
        kind.title,
        shaped.answer,
        shaped.columns,
        shaped.rows,
        shaped.chart,
        definitions(shaped.columns, shaped.chart),
        asked.as_of,
        asked.zone,
        asked.window if about_period else None,
        asked.previous,
        None,
        asked.currency,
    )
