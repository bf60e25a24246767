"""Conditions on a fact's properties: whether they hold, and whether they are written right."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from siyu.kit.config import is_one_of
from siyu.kit.errors import Fault

LIST_MAX = 1_000


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison that is false, not an error, where the two cannot be compared."""

    def holds(have: Any, value: Any) -> bool:
        if isinstance(have, bool) or have is None:
            return False
        both_numbers = isinstance(have, int | float) and isinstance(value, int | float)
        return (both_numbers or (isinstance(have, str) and isinstance(value, str))) and test(have, value)

    return holds


def _contains(have: Any, value: Any) -> bool:
    return value in have if isinstance(have, list) else isinstance(have, str) and str(value) in have


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda have, value: bool(have == value),
    "is_not": lambda have, value: bool(have != value),
    "in": lambda have, value: have in value,
    "not_in": lambda have, value: have not in value,
    "contains": _contains,
    "starts_with": lambda have, value: isinstance(have, str) and have.startswith(str(value)),
    ">": _ordered(lambda have, value: bool(have > value)),
    ">=": _ordered(lambda have, value: bool(have >= value)),
    "<": _ordered(lambda have, value: bool(have < value)),
    "<=": _ordered(lambda have, value: bool(have <= value)),
    "between": _ordered(lambda have, value: True),
    "exists": lambda have, value: (have is not None) == bool(value),
}
LISTED = frozenset({"in", "not_in"})


def _between(have: Any, value: Sequence[Any]) -> bool:
    return OPERATORS[">="](have, value[0]) and OPERATORS["<="](have, value[1])


OPERATORS["between"] = _between


def matches(where: Sequence[Mapping[str, Any]] | None, props: Mapping[str, Any]) -> bool:
    """Whether a fact with `props` satisfies all of `where`."""
    return all(
        OPERATORS[operator](props.get(condition["prop"]), value)
        for condition in where or ()
        for operator, value in condition.items()
        if operator != "prop"
    )


def check(path: str, where: Sequence[Any], props: set[str]) -> list[Fault]:
    """Faults of a list of tests, of a fact that has these properties."""
    return [fault for i, condition in enumerate(where) for fault in _check_condition(f"{path}[{i}]", condition, props)]


def _check_condition(path: str, condition: Any, props: set[str]) -> list[Fault]:
    if not isinstance(condition, dict) or len(condition) < 2:
        return [Fault(path, "needs a property and a comparison", "需要属性和比较条件", "{prop, is: …}")]
    if not is_one_of(condition.get("prop"), props):
        known = " | ".join(sorted(props))
        return [Fault(f"{path}.prop", "the event has no such property", "该事件没有这个属性", known)]
    faults: list[Fault] = []
    for operator, value in condition.items():
        if operator == "prop":
            continue
        if operator not in OPERATORS:
            known = " | ".join(OPERATORS)
            faults.append(Fault(f"{path}.{operator}", "no such comparison", "没有这种比较", known))
        elif operator in LISTED and not (isinstance(value, list) and 0 < len(value) <= LIST_MAX):
            faults.append(Fault(f"{path}.{operator}", "needs a list of values", "需要一组值"))
        elif operator == "between" and not (isinstance(value, list) and len(value) == 2):
            faults.append(Fault(f"{path}.{operator}", "needs two values", "需要起止两个值"))
    return faults
