"""ParseContext the values of a tree: each reader returns the normalised value or names the fault."""

import math
from typing import Any

from siyu.audience.language.schema import ANNIVERSARY_DAYS_MAX, LIST_VALUES_MAX, NUMBER_MAX, OPERATORS, TEXT_CHARS_MAX
from siyu.audience.language.time_windows import Day, Instant, read_span, read_when
from siyu.audience.language.tree import Test
from siyu.kit.errors import Fault

SPAN_EXPECTED = '"90d" (s, m, h, d, w)'
WHEN_EXPECTED = '"-30d" | "2024-01-31" | "2024-01-31T08:00:00Z"'


class Faults:
    """Collects what is wrong, so that one answer names everything."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, path: str, reason: str, reason_zh: str, expected: str | None = None) -> None:
        self.found.append(Fault(path, reason, reason_zh, expected))

    def keys(self, path: str, body: Any, allowed: tuple[str, ...]) -> dict[str, Any] | None:
        """`body` as an object with none but `allowed` keys; names each stranger."""
        if not isinstance(body, dict):
            self.add(path, "must be an object", "应为对象", ", ".join(allowed))
            return None
        for key in body:
            if key not in allowed:
                self.add(_key(path, key), f"unknown key {_shown(key)}", f"未知的键 {_shown(key)}", ", ".join(allowed))
        return body


def _key(path: str, key: object) -> str:
    return f"{path}.{_shown(key)}" if path else _shown(key)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def number(faults: Faults, path: str, value: Any, *, whole: bool = False) -> float | int | None:
    """A finite number of at most NUMBER_MAX; `whole`: an integer."""
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fine or abs(value) > NUMBER_MAX or (whole and value != int(value)):
        kind, kind_zh = ("a whole number", "整数") if whole else ("a number", "数字")
        faults.add(path, f"must be {kind}", f"应为{kind_zh}", "3")
        return None
    return int(value) if value == int(value) else float(value)


def text(faults: Faults, path: str, value: Any) -> str | None:
    """Text of 1 to TEXT_CHARS_MAX characters."""
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_CHARS_MAX or "\x00" in value:
        faults.add(path, f"must be text of 1 to {TEXT_CHARS_MAX} characters", f"应为 1 至 {TEXT_CHARS_MAX} 字的文本")
        return None
    return value


def texts(faults: Faults, path: str, value: Any) -> tuple[str, ...] | None:
    """A list of 1 to LIST_VALUES_MAX texts."""
    found = _listed(faults, path, value)
    if found is None:
        return None
    read = [text(faults, f"{path}[{index}]", one) for index, one in enumerate(found)]
    return None if None in read else tuple(dict.fromkeys(one for one in read if one is not None))


def _listed(faults: Faults, path: str, value: Any) -> list[Any] | None:
    if not isinstance(value, list) or not 0 < len(value) <= LIST_VALUES_MAX:
        faults.add(path, f"must be a list of 1 to {LIST_VALUES_MAX} values", f"应为 1 至 {LIST_VALUES_MAX} 个值的列表")
        return None
    return value


def test(faults: Faults, path: str, op: str, value: Any, kind: str, options: tuple[str, ...] | None) -> Test | None:
    """`op value` on a value of type `kind`; the caller has made sure that the operator exists for it."""
    path = f"{path}.{op}"
    if op == "exists":
        read: Any = value if isinstance(value, bool) else None
        if read is None:
            faults.add(path, "must be true or false", "应为 true 或 false", "true")
    elif op == "anniversary_within":
        read = _days(faults, path, value)
    elif op in ("in", "not_in"):
        read = _many(faults, path, value, kind, options)
    elif op == "between":
        read = _pair(faults, path, value, kind)
    else:
        read = _one(faults, path, value, kind, options)
    return None if read is None else Test(op, read, kind)


def _one(faults: Faults, path: str, value: Any, kind: str, options: tuple[str, ...] | None) -> Any:
    if kind in ("number", "money"):
        return number(faults, path, value, whole=kind == "money")
    if kind == "boolean":
        if isinstance(value, bool):
            return value
        faults.add(path, "must be true or false", "应为 true 或 false", "true")
        return None
    if kind in ("date", "time"):
        return when(faults, path, value)
    read = text(faults, path, value)
    if read is not None and options is not None and read not in options:
        faults.add(
            path, f"{_shown(read)} is not one of the choices", f"没有“{_shown(read)}”这个选项", " | ".join(options[:20])
        )
        return None
    return read


def _many(faults: Faults, path: str, value: Any, kind: str, options: tuple[str, ...] | None) -> tuple[Any, ...] | None:
    found = _listed(faults, path, value)
    if found is None:
        return None
    read = [_one(faults, f"{path}[{index}]", one, kind, options) for index, one in enumerate(found)]
    return None if None in read else tuple(dict.fromkeys(read))


def _pair(faults: Faults, path: str, value: Any, kind: str) -> tuple[Any, Any] | None:
    if not isinstance(value, list) or len(value) != 2:
        faults.add(path, "must be a list of two values", "应为两个值的列表", "[from, to]")
        return None
    low, high = (_one(faults, f"{path}[{index}]", one, kind, None) for index, one in enumerate(value))
    if low is None or high is None:
        return None
    if kind in ("number", "money"):
        if low > high:
            faults.add(path, "the first must not be above the second", "第一个值不能大于第二个值", f"[{high}, {low}]")
            return None
    elif not in_order(low, high):
        faults.add(path, "the first must be before the second", "第一个时间应早于第二个时间")
        return None
    return low, high


def in_order(low: Any, high: Any) -> bool:
    """False when two moments of one kind are plainly the wrong way round; others are known only when asked."""
    if isinstance(low, Day) and isinstance(high, Day):
        return low.day < high.day
    if isinstance(low, Instant) and isinstance(high, Instant) and bool(low.at.tzinfo) == bool(high.at.tzinfo):
        return low.at < high.at
    return True


def when(faults: Faults, path: str, value: Any) -> Any:
    """A moment: relative, a day, or a time."""
    read = read_when(value)
    if read is None:
        faults.add(path, f"{_shown(value)} is not a moment", f"“{_shown(value)}”不是有效的时间", WHEN_EXPECTED)
    return read


def span(faults: Faults, path: str, value: Any) -> Any:
    """A length of time."""
    read = read_span(value)
    if read is None:
        faults.add(path, f"{_shown(value)} is not a length of time", f"“{_shown(value)}”不是有效的时长", SPAN_EXPECTED)
    return read


def _days(faults: Faults, path: str, value: Any) -> Any:
    read = read_span(value)
    if read is None or read.unit not in "dw" or read.length.days > ANNIVERSARY_DAYS_MAX:
        faults.add(path, f"must be 1 to {ANNIVERSARY_DAYS_MAX} days", f"应为 1 至 {ANNIVERSARY_DAYS_MAX} 天", '"7d"')
        return None
    return read


def operator_of(
    faults: Faults,
    path: str,
    body: dict[str, Any],
    kind: str,
    besides: tuple[str, ...],
    allowed: tuple[str, ...] | None,
) -> tuple[str, Any] | None:
    """The one operator of `body`, which may also have the keys `besides`; `allowed` None: those of the type."""
    offered = OPERATORS[kind] if allowed is None else allowed
    given = [key for key in body if key not in besides]
    if len(given) == 1 and given[0] in offered:
        return given[0], body[given[0]]
    expected = " | ".join(offered)
    if not given:
        faults.add(path, "an operator is missing", "缺少比较方式", expected)
    elif len(given) > 1:
        faults.add(path, "must have one operator", "只能有一种比较方式", expected)
    else:
        faults.add(
            _key(path, given[0]),
            f"{_shown(given[0])} does not work on a {kind}",
            f"“{_shown(given[0])}”不适用于这种类型（{kind}）",
            expected,
        )
    return None
