"""Reading single values: each reader returns the value in the house's form, or names the fault at its path and returns None."""

import math
from typing import Any

from siyu.audience.language.faults import Faults, shown
from siyu.audience.language.limits import ANNIVERSARY_DAYS_MAX, LIST_VALUES_MAX, NUMBER_MAX, TEXT_CHARS_MAX
from siyu.audience.language.time_windows import (
    CALENDARS,
    WINDOW_KEYS,
    Span,
    When,
    Window,
    in_order,
    read_span,
    read_when,
)

SPAN_EXPECTED = '"90d" (s, m, h, d, w)'
WHEN_EXPECTED = '"-30d" | "2024-01-31" | "2024-01-31T08:00:00Z"'


def number(faults: Faults, path: str, value: Any, *, whole: bool = False) -> float | int | None:
    """A finite number of at most NUMBER_MAX; `whole`: an integer."""
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fine or abs(value) > NUMBER_MAX or (whole and value != int(value)):
        kind, kind_zh = ("a whole number", "整数") if whole else ("a number", "数字")
        faults.add(path, f"must be {kind}", f"应为{kind_zh}", "3")
        return None
    return int(value) if value == int(value) else float(value)


def boolean(faults: Faults, path: str, value: Any) -> bool | None:
    """True or false."""
    if isinstance(value, bool):
        return value
    faults.add(path, "must be true or false", "应为 true 或 false", "true")
    return None


def text(faults: Faults, path: str, value: Any) -> str | None:
    """Text of 1 to TEXT_CHARS_MAX characters."""
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_CHARS_MAX or "\x00" in value:
        faults.add(path, f"must be text of 1 to {TEXT_CHARS_MAX} characters", f"应为 1 至 {TEXT_CHARS_MAX} 字的文本")
        return None
    return value


def texts(faults: Faults, path: str, value: Any) -> tuple[str, ...] | None:
    """A list of 1 to LIST_VALUES_MAX texts, each once."""
    items = listed(faults, path, value)
    if items is None:
        return None
    read = [text(faults, f"{path}[{index}]", item) for index, item in enumerate(items)]
    return None if None in read else tuple(dict.fromkeys(item for item in read if item is not None))


def listed(faults: Faults, path: str, value: Any) -> list[Any] | None:
    """A list of 1 to LIST_VALUES_MAX values."""
    if not isinstance(value, list) or not 0 < len(value) <= LIST_VALUES_MAX:
        faults.add(path, f"must be a list of 1 to {LIST_VALUES_MAX} values", f"应为 1 至 {LIST_VALUES_MAX} 个值的列表")
        return None
    return value


def chosen(faults: Faults, path: str, value: Any, choices: tuple[str, ...], what: str, what_zh: str) -> str | None:
    """One of `choices`, which are called `what`."""
    if isinstance(value, str) and value in choices:
        return value
    faults.add(path, f"unknown {what}", f"未知的{what_zh}", " | ".join(choices))
    return None


def when(faults: Faults, path: str, value: Any) -> When | None:
    """A moment: relative, a day, or a time."""
    read = read_when(value)
    if read is None:
        faults.add(path, f"{shown(value)} is not a moment", f"“{shown(value)}”不是有效的时间", WHEN_EXPECTED)
    return read


def span(faults: Faults, path: str, value: Any) -> Span | None:
    """A length of time."""
    read = read_span(value)
    if read is None:
        faults.add(path, f"{shown(value)} is not a length of time", f"“{shown(value)}”不是有效的时长", SPAN_EXPECTED)
    return read


def days(faults: Faults, path: str, value: Any) -> Span | None:
    """A length of whole days of at most a year."""
    read = read_span(value)
    if read is None or read.unit not in "dw" or read.length.days > ANNIVERSARY_DAYS_MAX:
        faults.add(path, f"must be 1 to {ANNIVERSARY_DAYS_MAX} days", f"应为 1 至 {ANNIVERSARY_DAYS_MAX} 天", '"7d"')
        return None
    return read


def window(faults: Faults, path: str, body: dict[str, Any]) -> Window | None:
    """The window of `body`: at most one of within, between, since; ever without one."""
    keys = [key for key in WINDOW_KEYS if key in body]
    if not keys:
        return Window()
    if len(keys) > 1:
        at, other = f"{path}.{keys[1]}", keys[0]
        faults.add(at, f"not together with {other}", f"不能与 {other} 同时使用", " | ".join(WINDOW_KEYS))
        return None
    key, value = keys[0], body[keys[0]]
    at = f"{path}.{key}"
    if key == "within":
        return _within(faults, at, value)
    if key == "since":
        start = when(faults, at, value)
        return None if start is None else Window(start=start)
    if not isinstance(value, list) or len(value) != 2:
        faults.add(at, "must be a list of two moments", "应为两个时间的列表", "[from, to]")
        return None
    start, end = (when(faults, f"{at}[{index}]", bound) for index, bound in enumerate(value))
    if start is None or end is None:
        return None
    if not in_order(start, end):
        faults.add(at, "the first must be before the second", "第一个时间应早于第二个时间")
        return None
    return Window(start=start, end=end)


def _within(faults: Faults, path: str, value: Any) -> Window | None:
    if isinstance(value, str) and value in CALENDARS:
        return Window(calendar=value)
    length = read_span(value)
    if length is None:
        expected = f"{SPAN_EXPECTED} | {' | '.join(CALENDARS)}"
        faults.add(path, "is not a length of time or a calendar period", "不是有效的时长或日历周期", expected)
        return None
    return Window(within=length)
