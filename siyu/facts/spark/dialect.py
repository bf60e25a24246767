"""A compiled query of the lake (DuckDB's dialect) as Spark's: the same text, rewritten by sqlglot.

Values are bound as nodes of the syntax tree, never by putting texts together. What sqlglot would translate to something
that is only nearly the same is rewritten here first; what has no equal is refused.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlglot
from sqlglot import exp

from siyu.facts.lake.layout import TABLES

Params = Sequence[Any] | Mapping[str, Any]

VIEW_PREFIX = "lake_"
"""Spark's temporary views have no schema: `lake.facts` is `lake_facts` there."""
TYPES = {column: kind for columns in TABLES.values() for column, kind in columns.items()}
WHOLE = ("BIGINT", "INT")


class Untranslatable(Exception):
    """A query that has no equal in Spark; a fault of ours, not of whoever asked."""


def to_spark(sql: str, params: Params = ()) -> str:
    """`sql` with its parameters ($1 from a sequence, $name from a mapping) in it, in Spark's dialect; raises Untranslatable."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    named = params if isinstance(params, Mapping) else {str(n): value for n, value in enumerate(params, start=1)}
    for node in reversed(list(tree.dfs())):  # what is inside a node is rewritten before it
        other = _rewritten(node, named)
        if other is not node:
            node.replace(other)
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def literal(value: Any) -> exp.Expr:
    """`value` as a node; times become UTC without a zone, as the lake keeps them. Raises Untranslatable."""
    match value:
        case None:
            return exp.Null()
        case bool():
            return exp.Boolean(this=value)
        case int():
            return exp.Literal.number(value)
        case float():
            return _double(repr(value))
        case str():
            return exp.Literal.string(value)
        case datetime():
            naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return exp.cast(exp.Literal.string(naive.isoformat(sep=" ")), "TIMESTAMPNTZ")
        case date():
            return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
        case list() | tuple():
            return exp.Array(expressions=[literal(item) for item in value])
        case _:
            raise Untranslatable(f"a parameter of type {type(value).__name__}")


def _double(digits: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(digits), "DOUBLE")


def _rewritten(node: exp.Expr, params: Mapping[str, Any]) -> exp.Expr:
    match node:
        case exp.Placeholder():
            return literal(params[str(node.this)])
        case exp.Table() if node.db == "lake":
            return exp.to_table(f"{VIEW_PREFIX}{node.name}").as_(node.alias or node.name, table=True)
        case exp.Literal() if not node.is_string and not node.is_int:
            # a number with a point is a DECIMAL in both, but they divide and round decimals differently
            return node if node.find_ancestor(exp.PercentileDisc) else _double(node.name)
        case exp.CTE():
            # a hint for DuckDB that Spark has no word for
            node.set("materialized", None)
            return node
        case exp.Length():
            # of a list: nothing in the queries asks for the length of a text
            return exp.ArraySize(this=node.this)
        case exp.ArrayOverlaps():
            return exp.Anonymous(this="arrays_overlap", expressions=[node.this, node.expression])
        case exp.Cast() if isinstance(node.this, exp.Column):
            return _cast(node, TYPES.get(node.this.name, ""))
        case exp.PercentileDisc():
            return _quantiles(node)
        case exp.Anonymous():
            return _function(node)
        case _:
            return node


def _cast(node: exp.Cast, known: str) -> exp.Expr:
    """A cast of a column of the lake whose type is `known`, where the two engines differ."""
    if known.endswith("[]") and node.to.is_type("TEXT"):
        # Spark writes no quotes, so that ['a, b'] and ['a', 'b'] would be one text
        return exp.Anonymous(this="to_json", expressions=[node.this])
    if known == "DOUBLE" and node.to.is_type(*WHOLE):
        # DuckDB rounds half to even, Spark cuts off
        rounded = exp.Anonymous(this="rint", expressions=[node.this.copy()])
        return exp.cast(rounded, node.to)
    return node


def _quantiles(node: exp.PercentileDisc) -> exp.Expr:
    """quantile_disc(x, [shares]): for each share the least value that so many are not above; null of nothing.

    Spark's own percentile_disc takes no times, and sqlglot would make it PERCENTILE_APPROX, which is not exact.
    """
    shares = node.expression
    quantiles = shares.expressions if isinstance(shares, exp.Array) else [shares]
    texts = [exp.Literal.number(share.name).sql(dialect="spark") for share in quantiles]
    at = ", ".join(
        f"s[CAST(GREATEST(CEIL({share} * CAST(SIZE(s) AS DECIMAL(10, 0))), 1) AS INT) - 1]" for share in texts
    )
    chosen = f"ARRAY({at})" if isinstance(shares, exp.Array) else at
    # the lambda gives the sorted list a name, so that it is sorted once
    parsed = sqlglot.parse_one(
        f"TRANSFORM(ARRAY(SORT_ARRAY(COLLECT_LIST(x))), s -> CASE WHEN SIZE(s) > 0 THEN {chosen} END)[0]", read="spark"
    )
    for column in list(parsed.find_all(exp.Column)):
        if column.name == "x":
            column.replace(node.this.copy())
    return parsed


def _function(node: exp.Anonymous) -> exp.Expr:
    name, arguments = node.name.lower(), node.expressions
    match name:
        case "epoch_us":
            return exp.Anonymous(this="unix_micros", expressions=[exp.cast(arguments[0], "TIMESTAMPTZ")])
        case "timezone" if isinstance(arguments[0], exp.Literal) and arguments[0].name == "UTC":
            return exp.cast(arguments[1], "TIMESTAMPTZ")  # the session's own zone is UTC
        case "timezone":
            return exp.cast(
                exp.Anonymous(this="from_utc_timestamp", expressions=[arguments[1], arguments[0]]), "TIMESTAMPNTZ"
            )
        case _:
            raise Untranslatable(f"the function {name}")
