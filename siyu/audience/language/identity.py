"""Things that trees and journeys refer to by identity: kept as `{"key": K}`, typed and shown by name.

A name that people type is looked up when a tree is parsed or kept; a key needs no looking up, so what is kept reads the same
whatever its things are called later.
"""

from collections.abc import Callable, Mapping
from typing import Any

from siyu.audience.language.schema import FACTS, fact_props
from siyu.facts.catalogue.fact import PropSpec

Visit = Callable[[str, Any], Any]
"""Called with the kind of a thing (`tag`, `audience`, `option:level`) and how it is referred to; returns how it is instead."""

WHOLE = ("is", "is_not", "contains")
MANY = ("in", "not_in")
"""The operators whose value is a whole name, or a list of them."""


def by_key(key: str) -> dict[str, str]:
    """How a thing with this key is kept."""
    return {"key": key}


def key_of(value: Any) -> str | None:
    """The key of a thing that is kept; None when it is named."""
    is_ref = isinstance(value, dict) and value.keys() == {"key"} and isinstance(value["key"], str)
    return value["key"] if is_ref else None


def map_test(test: Any, thing: str, visit: Visit) -> Any:
    """A `{OP: V}` with the things that V refers to visited."""
    if not isinstance(test, dict):
        return test
    mapped = dict(test)
    for op in test.keys() & {*WHOLE, *MANY}:
        value = test[op]
        mapped[op] = [visit(thing, item) for item in value] if isinstance(value, list) else visit(thing, value)
    return mapped


def map_property_tests(where: Any, props: Mapping[str, PropSpec], visit: Visit) -> Any:
    """Tests of a fact's properties, or one of them alone, with the things that they refer to visited."""
    if isinstance(where, list):
        return [map_property_tests(test, props, visit) for test in where]
    spec = props.get(where["prop"]) if isinstance(where, dict) and isinstance(where.get("prop"), str) else None
    return where if spec is None or spec.refers is None else map_test(where, spec.refers, visit)


def map_fact_references(body: Any, visit: Visit, fact: str | None = None) -> Any:
    """A body with a `fact` (unless it is this one) and `where`, or that under `did`, with what `where` refers to visited."""
    if isinstance(body, dict) and body.keys() == {"did"}:
        return {"did": map_fact_references(body["did"], visit, fact)}
    if not isinstance(body, dict) or "where" not in body:
        return body
    chosen = fact or body.get("fact")
    props = fact_props(chosen) if isinstance(chosen, str) and chosen in FACTS else {}
    return {**body, "where": map_property_tests(body["where"], props, visit)}
