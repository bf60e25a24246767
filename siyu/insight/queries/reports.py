"""Answers: reports over the lake."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb
import orjson

from siyu.audience import queries as audience
from siyu.audience import rules as language
from siyu.facts.lake.connection import Lake
from siyu.insight.reports import KINDS
from siyu.insight.rules import params as rules
from siyu.insight.rules.compile import Query
from siyu.insight.rules.shape import Asked, Report, ReportKind, Row, Shaped, definitions
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid, NotFound
from siyu.platform import queries as platform


async def report(
    tx: Tx, lake: Lake, workspace_id: int, zone: str, name: str, params: Mapping[str, str], now: datetime
) -> Report:
    """Answer the report `name` of a brand; raises NotFound, Invalid.

    `params` are texts as an address carries them; every report lists its own in `ReportKind.params`. `audience` is the
    name of a saved audience or a tree as JSON: only its members (as of the report's moment) are counted then.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise NotFound(f"There is no report {name[:60]!r}; there are {', '.join(KINDS)}", "没有这份报表")
    values = rules.check(kind.params, params, zone)
    as_of, window, previous = rules.windows(values, zone, now)
    workspace = await platform.workspace(tx, workspace_id)
    chosen = values.get("audience")
    scope = await members(tx, workspace_id, zone, chosen, as_of) if chosen else None
    asked = Asked(
        workspace_id,
        zone,
        workspace.currency,
        as_of,
        window,
        previous if kind.compares else None,
        scope is not None,
        values,
    )
    return framed(kind, asked, await answered(lake, kind, asked, scope))


async def members(tx: Tx, workspace_id: int, zone: str, chosen: str, as_of: datetime) -> language.Query:
    """The query of the members that an `audience` parameter means; raises Invalid."""
    tree: Any = {"audience": chosen}
    if chosen.lstrip().startswith("{"):
        try:
            tree = orjson.loads(chosen)
        except orjson.JSONDecodeError:
            raise Invalid(errors=[Fault("audience", "not JSON", "不是有效的 JSON")]) from None
    parsed, _ = await audience.parse(tx, workspace_id, tree)
    return language.member_ids(parsed, workspace_id, as_of, zone)


async def answered(lake: Lake, kind: ReportKind, asked: Asked, scope: language.Query | None = None) -> Shaped:
    """Ask the lake and shape the answer; with `scope`, its members are the table `scope` meanwhile."""
    asks: dict[str, Query] = kind.ask(asked)

    def work(cursor: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
        if scope is not None:
            cursor.execute(f"CREATE TEMP TABLE scope AS {scope.sql}", list(scope.params))
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
    about_period = kind.period is not None or not asked.window.all_history
    return Report(
        name=kind.name,
        title=kind.title,
        answer=shaped.answer,
        columns=shaped.columns,
        rows=shaped.rows,
        chart=shaped.chart,
        definitions=definitions(shaped.columns, shaped.chart),
        as_of=asked.as_of,
        zone=asked.zone,
        window=asked.window if about_period else None,
        previous=asked.previous,
        audience=asked.values.get("audience"),
        currency=asked.currency,
        notes=shaped.notes,
    )
