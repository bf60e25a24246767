"""Tests of a value as SQL, true or false and never null. They share nothing with `predicates.holds` but the fields."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from siyu.audience.language.predicates import PropertyTest, Test
from siyu.audience.language.schema import fact_props
from siyu.audience.language.time_windows import instant
from siyu.audience.sql.params import Params, timestamp_literal
from siyu.facts.lake.layout import prop_column

CASTS = {
    "text": "VARCHAR",
    "choice": "VARCHAR",
    "list": "VARCHAR",
    "boolean": "BOOLEAN",
    "money": "BIGINT",
    "number": "DOUBLE",
}


def compared(params: Params, value: str, test: Test, now: datetime, zone: str) -> str:
    """`test` on the SQL expression `value`. Not for lists and dates."""
    op, operand = test.op, test.value
    if op == "exists":
        return f"({value} IS {'NOT ' if operand else ''}NULL)"
    if test.type == "time":
        return _moment_compared(value, op, operand, now, zone)
    cast = CASTS[test.type]
    if op in ("is_not", "not_in"):
        return f"(NOT {compared(params, value, positive(test), now, zone)})"
    if op == "is":
        inner = f"{value} = {params.add(operand, cast)}"
    elif op == "in":
        inner = f"{value} IN ({params.listed(operand, cast)})"
    elif op == "between":
        inner = f"{value} BETWEEN {params.add(operand[0], cast)} AND {params.add(operand[1], cast)}"
    elif op in ("contains", "starts_with"):
        inner = f"{op}({value}, {params.add(operand, cast)})"
    else:
        inner = f"{value} {op} {params.add(operand, cast)}"
    return f"coalesce({inner}, FALSE)"


def positive(test: Test) -> Test:
    """The test whose exact opposite `is_not` or `not_in` is."""
    return replace(test, op="is" if test.op == "is_not" else "in")


def _moment_compared(value: str, op: str, operand: Any, now: datetime, zone: str) -> str:
    if op == "between":
        low, high = (timestamp_literal(instant(bound, now, zone)) for bound in operand)
        return f"coalesce({value} >= {low} AND {value} < {high}, FALSE)"
    at = timestamp_literal(instant(operand, now, zone))
    return f"coalesce({value} {'<' if op == 'before' else '>='} {at}, FALSE)"


def list_test(params: Params, value: str, test: Test) -> str:
    """`test` on a list of texts."""
    if test.op == "exists":
        return f"(coalesce(len({value}), 0) {'>' if test.value else '='} 0)"
    if test.op == "contains":
        return f"coalesce(list_contains({value}, {params.add(test.value, 'VARCHAR')}), FALSE)"
    inner = f"coalesce(list_has_any({value}, {params.add(list(test.value), 'VARCHAR[]')}), FALSE)"
    return f"(NOT {inner})" if test.op == "not_in" else inner


def holds_word(params: Params, column: str, word: str) -> str:
    """Whether a text of words between commas has `word`."""
    return f"contains({column}, {params.add(f',{word},', 'VARCHAR')})"


def word_test(params: Params, column: str, test: Test) -> str:
    """`test` on a text of words between commas."""
    if test.op == "exists":
        return f"({column} {'<>' if test.value else '='} ',')"
    operands = (test.value,) if test.op == "contains" else test.value
    inner = f"({' OR '.join(holds_word(params, column, word) for word in operands)})"
    return f"(NOT {inner})" if test.op == "not_in" else inner


def prop_value(fact: str, name: str) -> str:
    """A property of a fact `f` as SQL; `name` is one of the catalogue's own."""
    return f"f.{prop_column(fact_props(fact)[name].name)}"


def property_tests(params: Params, fact: str, tests: Sequence[PropertyTest], now: datetime, zone: str) -> str:
    """What is asked of the properties of a fact `f`; empty when nothing."""
    parts = []
    for item in tests:
        value = prop_value(fact, item.prop)
        if item.test.type == "list":
            parts.append(list_test(params, value, item.test))
        else:
            parts.append(compared(params, value, item.test, now, zone))
    return " AND ".join(parts)
