"""Tests of a property: what is refused because it could never be true, what holds, and how it reads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from siyu.audience.language.describe import Describer
from siyu.audience.language.faults import Faults
from siyu.audience.language.limits import WHERE_MAX
from siyu.audience.language.predicates import (
    OPERATOR_LABELS,
    OPERATORS,
    PropertyTest,
    describe_test,
    holds,
    matches,
    parse_property_tests,
    parse_test,
)
from siyu.audience.language.schema import Schema
from siyu.facts.catalogue.fact import PropSpec
from siyu.kit.text import same

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"
PROPS = {
    name: PropSpec(name, kind, same(name))  # type: ignore[arg-type]
    for name, kind in (
        ("amount", "money"),
        ("lines", "number"),
        ("store", "text"),
        ("first", "boolean"),
        ("paid", "time"),
        ("goods", "list"),
    )
}


def read(where: Any) -> tuple[tuple[PropertyTest, ...] | None, list[str]]:
    faults = Faults()
    tests = parse_property_tests(faults, "where", where, PROPS)
    for fault in faults.items:
        assert fault.reason and fault.reason_zh and fault.reason != fault.reason_zh
    return tests, [fault.path for fault in faults.items]


NEVER: list[tuple[Any, str]] = [
    ({"prop": "amount", ">": "abc"}, "where[0].>"),
    ({"prop": "amount", ">": 1.5}, "where[0].>"),
    ({"prop": "amount", "between": [5, 1]}, "where[0].between"),
    ({"prop": "lines", "in": [1, "2"]}, "where[0].in[1]"),
    ({"prop": "store", "exists": "no"}, "where[0].exists"),
    ({"prop": "store", "is": 3}, "where[0].is"),
    ({"prop": "store", ">": "a"}, "where[0].>"),
    ({"prop": "store", "is": "a", "contains": "b"}, "where[0]"),
    ({"prop": "first", "is": "true"}, "where[0].is"),
    ({"prop": "paid", "between": ["2026-01-01", "2026-01-01"]}, "where[0].between"),
    ({"prop": "paid", "between": ["-7d", "-90d"]}, "where[0].between"),
    ({"prop": "paid", "between": ["-7d", "-168h"]}, "where[0].between"),
    ({"prop": "paid", "after": "yesterday"}, "where[0].after"),
    ({"prop": "goods", "is": "tea"}, "where[0].is"),
    ({"prop": "goods", "in": []}, "where[0].in"),
    ({"prop": "amount"}, "where[0]"),
    ({"is": 3}, "where[0].prop"),
    ({"prop": "colour", "is": "red"}, "where[0].prop"),
    ({"prop": "amount", "=>": 3}, "where[0].=>"),
    ("amount", "where"),
    ([{"prop": "amount", ">": 1}] * (WHERE_MAX + 1), "where"),
    ([{"prop": "amount", ">": 1}, 3], "where[1].prop"),
]


@pytest.mark.parametrize(("where", "path"), NEVER, ids=str)
def test_a_test_that_can_never_be_true_is_refused_at_its_path(where: Any, path: str) -> None:
    assert read(where) == (None, [path])


MATCHES: list[tuple[Any, dict[str, Any], bool]] = [
    ([], {}, True),
    ({"prop": "amount", ">=": 100}, {"amount": 100}, True),
    ({"prop": "amount", "between": [5, 5]}, {"amount": 5}, True),
    ({"prop": "amount", ">": 100}, {}, False),
    ({"prop": "store", "is_not": "a"}, {}, True),
    ({"prop": "store", "not_in": ["a"]}, {"store": "a"}, False),
    ({"prop": "store", "starts_with": "s"}, {"store": "s1"}, True),
    ({"prop": "store", "exists": False}, {}, True),
    ({"prop": "first", "is": False}, {"first": False}, True),
    ({"prop": "goods", "contains": "tea"}, {"goods": ["tea"]}, True),
    ({"prop": "goods", "in": ["tea", "fish"]}, {}, False),
    ({"prop": "paid", "after": "-7d"}, {"paid": "2026-03-11T04:00:00+00:00"}, True),
    ({"prop": "paid", "before": "-7d"}, {"paid": "2026-03-11T04:00:00+00:00"}, False),
    ({"prop": "paid", "before": "-7d"}, {"paid": "soon"}, False),
    ([{"prop": "amount", ">": 1}, {"prop": "store", "is": "a"}], {"amount": 2, "store": "b"}, False),
]


@pytest.mark.parametrize(("where", "props", "expected"), MATCHES, ids=str)
def test_a_fact_matches_when_all_tests_hold(where: Any, props: dict[str, Any], expected: bool) -> None:
    tests, faults = read(where)
    assert tests is not None, faults
    assert matches(tests, props, NOW, ZONE) is expected


def test_each_operator_of_each_type_can_be_read_holds_and_has_words() -> None:
    values: dict[str, tuple[Any, Any]] = {
        "text": ("a", "a"),
        "choice": ("a", "a"),
        "number": (3, 3),
        "money": (3, 3),
        "boolean": (True, True),
        "date": ("2026-03-18", NOW.date()),
        "time": ("2026-03-18", NOW),
        "list": ("a", ["a"]),
    }
    for kind, operators in OPERATORS.items():
        written, value = values[kind]
        for op in operators:
            special = {"exists": True, "anniversary_within": "7d", "in": [written], "not_in": [written]}
            body: Any = special.get(op, written)
            if op == "between":
                body = ["-90d", "+7d"] if kind in ("date", "time") else [1, 5]
            faults = Faults()
            test = parse_test(faults, "", {op: body}, kind)
            assert test is not None, (kind, op, faults.items)
            assert isinstance(holds(test, value, NOW, ZONE), bool)
            zh, en = (describe_test(Describer(Schema(ZONE), lang), "x", test) for lang in ("zh", "en"))
            assert zh != en and OPERATOR_LABELS[op].zh
