"""Answering a report: its statements over the lake, their rows shaped and framed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb
import orjson

from siyu.audience import queries as audience
from siyu.audience.sql.params import Query as MembersQuery
from siyu.audience.sql.query import member_ids_query
from siyu.channels.catalogue import CHANNEL_LABELS
from siyu.contacts.members.rules import SOURCES
from siyu.facts.lake.connection import Lake
from siyu.insight.report import Report, ReportKind, ReportRequest, ReportResult, Row, definitions
from siyu.insight.reports import REPORTS_BY_NAME
from siyu.insight.rules import params as rules
from siyu.insight.sql.facts import Statement
from siyu.journeys.queries import search as journeys
from siyu.journeys.steps.step import source_of
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid, NotFound
from siyu.kit.text import LocalizedText, same
from siyu.platform import queries as platform


async def run_report(
    tx: Tx, lake: Lake, workspace_id: int, zone: str, name: str, params: Mapping[str, str], now: datetime
) -> Report:
    """Answer the report `name` of a brand; raises NotFound, Invalid.

    `params` are texts as an address carries them; every report lists its own in `ReportKind.params`. `audience` is the
    name of a saved audience or a tree as JSON: only its members (as of the report's moment) are counted then.
    """
    kind = REPORTS_BY_NAME.get(name)
    if kind is None:
        raise NotFound(f"There is no report {name[:60]!r}; there are {', '.join(REPORTS_BY_NAME)}", "没有这份报表")
    values = rules.check(kind.params, params, zone)
    as_of, window, previous = rules.windows(values, zone, now)
    workspace = await platform.workspace(tx, workspace_id)
    chosen = values.get("audience")
    scope = await members(tx, workspace_id, zone, chosen, as_of) if chosen else None
    request = ReportRequest(
        workspace_id,
        zone,
        workspace.currency,
        as_of,
        window,
        previous if kind.compares else None,
        scope is not None,
        values,
        await source_names(tx, workspace_id),
        frozenset(await journeys.with_goal(tx, workspace_id)),
        await journeys.names_by_key(tx, workspace_id),
    )
    return assemble(kind, request, await execute(lake, kind, request, scope))


async def source_names(tx: Tx, workspace_id: int) -> dict[str, LocalizedText]:
    """What the brand calls the sources of messages and orders, by their codes."""
    names = await journeys.all_names(tx, workspace_id)
    return {**SOURCES, **CHANNEL_LABELS, **{source_of(journey): same(name) for journey, name in names.items()}}


async def members(tx: Tx, workspace_id: int, zone: str, chosen: str, as_of: datetime) -> MembersQuery:
    """The query of the members that an `audience` parameter means; raises Invalid."""
    tree: Any = {"audience": chosen}
    if chosen.lstrip().startswith("{"):
        try:
            tree = orjson.loads(chosen)
        except orjson.JSONDecodeError:
            raise Invalid(errors=[Fault("audience", "not JSON", "不是有效的 JSON")]) from None
    parsed, _ = await audience.parse(tx, workspace_id, tree)
    return member_ids_query(parsed, workspace_id, as_of, zone)


async def execute(
    lake: Lake, kind: ReportKind, request: ReportRequest, scope: MembersQuery | None = None
) -> ReportResult:
    """Ask the lake and shape the answer; with `scope`, its members are the table `scope` meanwhile."""
    statements = kind.statements(request)

    def work(cursor: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
        if scope is not None:
            cursor.execute(f"CREATE TEMP TABLE scope AS {scope.sql}", list(scope.params))
        return {name: fetch(cursor, query) for name, query in statements.items()}

    return kind.shape(request, await lake.run(work))


def fetch(cursor: duckdb.DuckDBPyConnection, query: Statement) -> list[Row]:
    """Rows of one query, by column name."""
    done = cursor.execute(query.sql, dict(query.params))
    heads = [column[0] for column in done.description or ()]
    return [dict(zip(heads, row, strict=True)) for row in done.fetchall()]


def assemble(kind: ReportKind, request: ReportRequest, result: ReportResult) -> Report:
    """The whole report: the answer with its frame and the definitions of every metric in it."""
    about_period = kind.period is not None or not request.window.all_history
    return Report(
        name=kind.name,
        title=kind.title,
        answer=result.answer,
        columns=result.columns,
        rows=result.rows,
        chart=result.chart,
        definitions=definitions(kind, result),
        as_of=request.as_of,
        zone=request.zone,
        window=request.window if about_period else None,
        previous=request.previous,
        audience=request.values.get("audience"),
        currency=request.currency,
        notes=result.notes,
    )
