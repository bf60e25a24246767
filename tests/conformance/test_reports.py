"""Every report on both engines: the same rows of every statement, and the same answer made of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from siyu.audience.language.check import check_tree
from siyu.audience.sql.query import member_ids_query
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.transactions import Cursor
from siyu.facts.spark.session import Spark
from siyu.facts.spark.snapshot import take
from siyu.insight.queries.reports import fetch
from siyu.insight.report import ReportKind, ReportRequest
from siyu.insight.reports import REPORTS
from siyu.insight.rules import params
from siyu.insight.sql.facts import Statement
from siyu.insight.sql.home_summary import statements as home_statements
from tests.conformance import shop
from tests.rooms.audience.test_oracle import write
from tests.rules import audience_worlds as worlds

PERIODS = ("90d", "all")
AMONG = {"any": [{"did": {"fact": "order_paid"}}, {"tag": {"any": ["vip"]}}]}


def cases(kind: ReportKind) -> list[dict[str, str]]:
    """Parameters such that every choice of each is taken once; the last case is about some members only."""
    offered = {param.name: [key for key, _ in param.choices] for param in kind.params if param.kind == "choice"}
    offered |= {param.name: list(PERIODS) for param in kind.params if param.kind == "period"}
    number = max([2, *map(len, offered.values())])
    made = [{name: keys[n % len(keys)] for name, keys in offered.items()} for n in range(number)]
    if any(param.kind == "audience" for param in kind.params):
        made[-1]["audience"] = "some"
    return made


CASES = [pytest.param(kind, case, id=f"{kind.name}-{n}") for kind in REPORTS for n, case in enumerate(cases(kind))]


@pytest.fixture(scope="module")
def lake(new_lake: Callable[[str], Lake], spark: Spark) -> Iterator[Cursor]:
    """One shop in which everything happens; the members of AMONG are the table `scope` on both engines."""
    made = new_lake("conformance_reports")
    write(made, [shop.make(7)])
    cursor = made.cursor()
    cursor.execute("DELETE FROM lake.facts WHERE seq % 40 = 1")
    spark.see(take(cursor, made.path))
    tree = check_tree(AMONG, worlds.schema_in(shop.ZONE))
    some = member_ids_query(tree, shop.WORKSPACE, shop.NOW, shop.ZONE)
    cursor.execute(f"CREATE TEMP TABLE scope AS {some.sql}", list(some.params))
    spark.name("scope", some.sql, some.params)
    yield cursor
    cursor.close()


def on_both(lake: Cursor, spark: Spark, query: Statement) -> tuple[list[Any], list[Any]]:
    """The rows of each engine."""
    return fetch(lake, query), spark.records(query.sql, query.params)


def exactly(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as texts in an order of their own: 1 and 1.0 and "1" are different answers."""
    return sorted(str([(key, value) for key, value in row.items()]) for row in rows)


@pytest.mark.parametrize(("kind", "filters"), CASES)
def test_every_report(lake: Cursor, spark: Spark, kind: ReportKind, filters: dict[str, str]) -> None:
    values = params.check(kind.params, filters, shop.ZONE)
    as_of, window, previous = params.windows(values, shop.ZONE, shop.NOW)
    earlier = previous if kind.compares else None
    request = ReportRequest(shop.WORKSPACE, shop.ZONE, "CNY", as_of, window, earlier, "audience" in filters, values)
    ours: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for name, query in kind.statements(request).items():
        ours[name], theirs[name] = on_both(lake, spark, query)
        assert exactly(theirs[name]) == exactly(ours[name]), f"{name}: rows on Spark, rows on DuckDB"
    assert any(ours.values()), "a test of nothing"
    assert kind.shape(request, theirs) == kind.shape(request, ours)


def test_how_the_shop_stands_today(lake: Cursor, spark: Spark) -> None:
    for name, query in home_statements(shop.WORKSPACE, shop.ZONE, shop.NOW).items():
        ours, theirs = on_both(lake, spark, query)
        assert exactly(theirs) == exactly(ours), name
