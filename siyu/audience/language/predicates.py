"""Tests of a value: of a member's field, of a fact's property, of a count, of a moment. The one module of them.

A test that could never be true is refused where it is written: an operator that the type does not have, a value of another
type, bounds the wrong way round. Used by audiences and by journeys. Its SQL is `audience/sql/predicates_sql.py`, which
shares nothing with `holds` but the fields (decision 13).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from siyu.audience.language import values
from siyu.audience.language.faults import Faults, path_inside, shown
from siyu.audience.language.identity import key_of
from siyu.audience.language.limits import WHERE_MAX
from siyu.audience.language.time_windows import days_to_anniversary, in_order, instant
from siyu.facts.catalogue.fact import PropSpec
from siyu.kit.text import LocalizedText
from siyu.kit.time import local_date
from siyu.platform.uses.rules import NO_KEYS

if TYPE_CHECKING:
    from siyu.audience.language.describe import Describer

_TEXT = ("is", "is_not", "in", "not_in", "contains", "starts_with", "exists")
_NUMBER = (">=", "<=", ">", "<", "between", "is", "is_not", "in", "not_in", "exists")
_TIME = ("after", "before", "between", "anniversary_within", "exists")

OPERATORS: dict[str, tuple[str, ...]] = {
    "text": _TEXT,
    "choice": ("in", "not_in", "is", "is_not", "exists"),
    "number": _NUMBER,
    "money": _NUMBER,
    "boolean": ("is", "is_not", "exists"),
    "date": ("is", *_TIME),
    "time": _TIME,
    "list": ("contains", "in", "not_in", "exists"),
}
"""Which operators a value of each type has. `is_not` and `not_in` are the exact opposites of `is` and `in`: they hold
for a missing value too. Number `between` includes both ends; time `between` is half-open."""

COUNT_OPERATORS = (">=", "<=", ">", "<", "is", "is_not", "between", "in", "not_in")
MOMENT_OPERATORS = ("before", "after", "between")
NUMERIC = ("number", "money")

OPERATOR_LABELS: dict[str, LocalizedText] = {
    "is": LocalizedText("是", "is"),
    "is_not": LocalizedText("不是", "is not"),
    "in": LocalizedText("是其中之一", "is any of"),
    "not_in": LocalizedText("不在其中", "is none of"),
    "contains": LocalizedText("包含", "contains"),
    "starts_with": LocalizedText("开头是", "starts with"),
    ">": LocalizedText("大于", "over"),
    ">=": LocalizedText("不少于", "at least"),
    "<": LocalizedText("小于", "under"),
    "<=": LocalizedText("不超过", "at most"),
    "between": LocalizedText("介于", "between"),
    "exists": LocalizedText("是否已填", "is filled"),
    "before": LocalizedText("早于", "before"),
    "after": LocalizedText("晚于", "after"),
    "anniversary_within": LocalizedText("周年日临近", "anniversary within"),
}
"""What an operator is called where somebody chooses one."""


@dataclass(frozen=True)
class Test:
    """`op value` on a value of `type`. The value is text, number, boolean, a tuple of them, a When, two of them, or a Span."""

    op: str
    value: Any
    type: str

    def operands(self) -> tuple[Any, ...]:
        """The value, or each of them."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class PropertyTest:
    """A test on a property of a fact."""

    prop: str
    test: Test


AT_LEAST_ONE = Test(">=", 1, "number")

KeysOf = Callable[[str], Mapping[str, str]]


def no_keys(_thing: str) -> Mapping[str, str]:
    """Where no names are known: a text stands for itself."""
    return NO_KEYS


# --- reading


def parse_test(
    faults: Faults,
    path: str,
    body: Any,
    kind: str,
    *,
    operators: Sequence[str] | None = None,
    options: Sequence[str] | None = None,
    keys: Mapping[str, str] = NO_KEYS,
    besides: Sequence[str] = (),
) -> Test | None:
    """The one `{OP: V}` of `body`, which may also have the keys `besides`, on a value of type `kind`.

    `operators`: those offered instead of the type's; `options`: what a text may be; `keys`: what stands for a text that is
    the name of something.
    """
    offered = OPERATORS[kind] if operators is None else operators
    if not isinstance(body, dict):
        faults.add(path, "must be an object with one operator", "应为含一种比较方式的对象", " | ".join(offered))
        return None
    op = _operator(faults, path, body, kind, offered, besides)
    if op is None:
        return None
    value = _operand(faults, f"{path}.{op}", op, body[op], kind, _Choices(options, keys))
    return None if value is None else Test(op, value, kind)


def _operator(
    faults: Faults, path: str, body: dict[str, Any], kind: str, offered: Sequence[str], besides: Sequence[str]
) -> str | None:
    operators = [key for key in body if key not in besides]
    expected = " | ".join(offered)
    if not operators:
        faults.add(path, "an operator is missing", "缺少比较方式", expected)
    elif len(operators) > 1:
        faults.add(path, "must have one operator", "只能有一种比较方式", expected)
    elif operators[0] not in offered:
        reason = f"{shown(operators[0])} does not work on a {kind}"
        faults.add(
            path_inside(path, operators[0]), reason, f"“{shown(operators[0])}”不适用于这种类型（{kind}）", expected
        )
    else:
        return str(operators[0])
    return None


@dataclass(frozen=True)
class _Choices:
    options: Sequence[str] | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


def _operand(faults: Faults, path: str, op: str, value: Any, kind: str, choices: _Choices) -> Any:
    if op == "exists":
        return values.boolean(faults, path, value)
    if op == "anniversary_within":
        return values.days(faults, path, value)
    if op == "between":
        return _bounds(faults, path, value, kind)
    if op not in ("in", "not_in"):
        return _single(faults, path, value, kind, choices)
    items = values.listed(faults, path, value)
    if items is None:
        return None
    read = [_single(faults, f"{path}[{index}]", item, kind, choices) for index, item in enumerate(items)]
    return None if None in read else tuple(dict.fromkeys(read))


def _single(faults: Faults, path: str, value: Any, kind: str, choices: _Choices) -> Any:
    if kind in NUMERIC:
        return values.number(faults, path, value, whole=kind == "money")
    if kind == "boolean":
        return values.boolean(faults, path, value)
    if kind in ("date", "time"):
        return values.when(faults, path, value)
    if (key := key_of(value)) is not None:
        return values.text(faults, f"{path}.key", key)
    read, options = values.text(faults, path, value), choices.options
    if read is not None and options is not None and read not in options and read not in choices.keys:
        name = shown(read)
        faults.add(path, f"{name} is not one of the choices", f"没有“{name}”这个选项", " | ".join(options[:20]))
        return None
    return None if read is None else choices.keys.get(read, read)


def _bounds(faults: Faults, path: str, value: Any, kind: str) -> tuple[Any, Any] | None:
    if not isinstance(value, list) or len(value) != 2:
        faults.add(path, "must be a list of two values", "应为两个值的列表", "[from, to]")
        return None
    low, high = (_single(faults, f"{path}[{index}]", bound, kind, _Choices()) for index, bound in enumerate(value))
    if low is None or high is None:
        return None
    if kind in NUMERIC:
        if low > high:
            faults.add(path, "the first must not be above the second", "第一个值不能大于第二个值", f"[{high}, {low}]")
            return None
    elif not in_order(low, high):
        faults.add(path, "the first must be before the second", "第一个时间应早于第二个时间")
        return None
    return low, high


def parse_property_tests(
    faults: Faults, path: str, where: Any, props: Mapping[str, PropSpec], keys_of: KeysOf = no_keys
) -> tuple[PropertyTest, ...] | None:
    """`[{"prop": P, OP: V}...]`, or one of them alone, on the properties of a fact; None when something is wrong. `keys_of`
    leads from the names of a kind of thing to their keys."""
    bodies = [where] if isinstance(where, dict) else where
    if not isinstance(bodies, list) or len(bodies) > WHERE_MAX:
        faults.add(path, f"must be a list of at most {WHERE_MAX}", f"应为最多 {WHERE_MAX} 项的列表")
        return None
    read = [
        parse_property_test(faults, f"{path}[{index}]", body, props, keys_of=keys_of)
        for index, body in enumerate(bodies)
    ]
    return None if None in read else tuple(test for test in read if test is not None)


def parse_property_test(
    faults: Faults,
    path: str,
    body: Any,
    props: Mapping[str, PropSpec],
    operators: Sequence[str] | None = None,
    keys_of: KeysOf = no_keys,
) -> PropertyTest | None:
    """{"prop": P, OP: V}; with `operators`, these instead of the type's, and V is a number made of the property."""
    if not isinstance(body, dict) or not isinstance(body.get("prop"), str) or body["prop"] not in props:
        faults.add(f"{path}.prop", "there is no such property", "没有这个属性", " | ".join(props))
        return None
    spec = props[body["prop"]]
    kind, keys = (spec.type, keys_of(spec.refers or "")) if operators is None else ("number", NO_KEYS)
    test = parse_test(faults, path, body, kind, operators=operators, keys=keys, besides=("prop",))
    return None if test is None else PropertyTest(body["prop"], test)


# --- truth


def holds(test: Test, value: Any, now: datetime, zone: str) -> bool:
    """Whether `value` (None when missing), of the test's type, passes `test`."""
    op, operand = test.op, test.value
    if test.type == "list":
        return _list_holds(op, operand, value or [])
    if op == "exists":
        return bool((value is not None) == operand)
    if op == "is_not":
        return value is None or value != operand
    if op == "not_in":
        return value is None or value not in operand
    if value is None:
        return False
    if test.type == "time":
        return _time_holds(op, operand, value, now, zone)
    if test.type == "date":
        return _date_holds(op, operand, value, now, zone)
    return _COMPARE[op](value, operand)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, operand: bool(value == operand),
    "in": lambda value, operand: value in operand,
    "contains": lambda value, operand: operand in value,
    "starts_with": lambda value, operand: bool(value.startswith(operand)),
    ">": lambda value, operand: bool(value > operand),
    ">=": lambda value, operand: bool(value >= operand),
    "<": lambda value, operand: bool(value < operand),
    "<=": lambda value, operand: bool(value <= operand),
    "between": lambda value, operand: bool(operand[0] <= value <= operand[1]),
}


def _list_holds(op: str, operand: Any, value: Iterable[str]) -> bool:
    held = set(value)
    if op == "exists":
        return bool(held) is bool(operand)
    if op == "contains":
        return operand in held
    return bool(held & set(operand)) == (op == "in")


def _time_holds(op: str, operand: Any, value: datetime, now: datetime, zone: str) -> bool:
    if op == "anniversary_within":
        return bool(days_to_anniversary(local_date(value, zone), local_date(now, zone)) < operand.length.days)
    if op == "between":
        return instant(operand[0], now, zone) <= value < instant(operand[1], now, zone)
    at = instant(operand, now, zone)
    return value < at if op == "before" else value >= at


def _date_holds(op: str, operand: Any, value: date, now: datetime, zone: str) -> bool:
    if op == "anniversary_within":
        return bool(days_to_anniversary(value, local_date(now, zone)) < operand.length.days)
    if op == "between":
        low, high = (local_date(instant(bound, now, zone), zone) for bound in operand)
        return low <= value < high
    day = local_date(instant(operand, now, zone), zone)
    return {"is": value == day, "before": value < day, "after": value >= day}[op]


def typed(value: Any, kind: str) -> Any:
    """A JSON value as one of `kind`, or None when it is missing or no such thing."""
    if value is None:
        return None
    try:
        if kind == "date":
            return date.fromisoformat(value)
        if kind == "time":
            at = datetime.fromisoformat(value)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None
    return value


def matches(tests: Iterable[PropertyTest], props: Mapping[str, Any], now: datetime, zone: str) -> bool:
    """Whether a fact with the properties `props` (as JSON) passes all of `tests` at `now`."""
    return all(holds(item.test, typed(props.get(item.prop), item.test.type), now, zone) for item in tests)


# --- words

_COUNTED = {
    ">=": LocalizedText("至少", "at least"),
    ">": LocalizedText("超过", "more than"),
    "<=": LocalizedText("最多", "at most"),
    "<": LocalizedText("少于", "fewer than"),
    "is": LocalizedText("正好", "exactly"),
    "is_not": LocalizedText("不等于", "not exactly"),
    "in": LocalizedText("为", "one of"),
    "not_in": LocalizedText("不为", "none of"),
}
_TESTED = {
    "is": LocalizedText("是", "is"),
    "is_not": LocalizedText("不是", "is not"),
    "in": LocalizedText("是以下之一：", "is one of"),
    "not_in": LocalizedText("不是以下任何一个：", "is none of"),
    "contains": LocalizedText("包含", "contains"),
    "starts_with": LocalizedText("开头是", "starts with"),
    ">": LocalizedText("大于", "is over"),
    ">=": LocalizedText("不少于", "is at least"),
    "<": LocalizedText("小于", "is under"),
    "<=": LocalizedText("不超过", "is at most"),
}


def describe_test(describer: "Describer", name: str, test: Test, thing: str | None = None) -> str:
    """`name` is 3 ...; `thing`: what its value refers to."""
    op, value, say = test.op, test.value, describer.say
    if op == "exists":
        return f"{name}{say('', ' ')}{say('已填写', 'is filled') if value else say('未填写', 'is empty')}"
    if op == "anniversary_within":
        days = describer.span(value)
        return say(f"{name}的周年日在今天起 {days}内", f"the anniversary of {name} is within {days} from today")
    if test.type in ("date", "time"):
        return f"{name}{say('', ' is ')}{describer.moment(op, value)}"
    if op == "between":
        low, high = (describer.value(bound, test.type) for bound in value)
        return say(f"{name}在 {low} 到 {high} 之间", f"{name} is between {low} and {high}")
    gap = "" if describer.zh and op in ("in", "not_in") else " "
    return f"{name}{say('', ' ')}{describer.pick(_TESTED[op])}{gap}{_listed(describer, test, test.type, thing)}"


def describe_count(describer: "Describer", test: Test, unit: str, kind: str = "number") -> str:
    """ "at least 3 times": a number of `unit` that is counted or added up; `kind`: money or number."""
    if test.op == "between":
        low, high = (describer.value(bound, kind) for bound in test.value)
        return describer.say(f"{low} 到 {high} {unit}", f"{low} to {high} {unit}").strip()
    return f"{describer.pick(_COUNTED[test.op])} {_listed(describer, test, kind)} {unit}".strip()


def _listed(describer: "Describer", test: Test, kind: str, thing: str | None = None) -> str:
    operands = test.operands()
    if thing is not None:
        operands = tuple(describer.schema.name_of(thing, value) for value in operands)
    return describer.listed(describer.value(value, kind) for value in operands)
