"""The filters a template may use. Each is total: whatever comes in, a bounded value or a FilterArgumentError comes out."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from liquid.exceptions import FilterArgumentError
from liquid.undefined import Undefined

from siyu.kit.money import yuan
from siyu.kit.text import LocalizedText

VALUE_CHARS_MAX = 20_000
"""Characters a value may have on its way through a template."""
NUMBER_MAX = 10**15
LIST_MAX = 200

_DATE_PARTS = {"%Y": "{0:04d}", "%m": "{1:02d}", "%d": "{2:02d}", "%H": "{3:02d}", "%M": "{4:02d}", "%%": "%"}
_DATE_PART = re.compile(r"%.?")


def _text(value: Any) -> str:
    if value is None or isinstance(value, Undefined | Mapping):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "".join(_text(item) for item in value[:LIST_MAX])
    return _bounded(str(value))


def _bounded(text: str) -> str:
    if len(text) > VALUE_CHARS_MAX:
        raise FilterArgumentError(f"a value has more than {VALUE_CHARS_MAX} characters", token=None)
    return text


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            value = float(value) if "." in value[:32] else int(value[:32])
        except ValueError:
            return 0
    if not isinstance(value, int | float):
        return 0
    if not abs(value) <= NUMBER_MAX:
        raise FilterArgumentError("a number is too large", token=None)
    return value


def _result(value: int | float) -> int | float:
    number = _number(value)
    return int(number) if isinstance(number, float) and number.is_integer() else round(number, 6)


def _empty(value: Any) -> bool:
    return value is None or value is False or isinstance(value, Undefined) or value in ("", [])


def default(value: Any, fallback: Any = "") -> Any:
    """The fallback for nothing, an empty text or an empty list."""
    return fallback if _empty(value) else value


def replace(value: Any, old: Any, new: Any = "") -> str:
    """Every `old` replaced; raises FilterArgumentError when it would grow past VALUE_CHARS_MAX."""
    text, old_text, new_text = _text(value), _text(old), _text(new)
    if not old_text:
        return text
    # counted before it is built: replacements of replacements grow like powers
    if len(text) + text.count(old_text) * (len(new_text) - len(old_text)) > VALUE_CHARS_MAX:
        raise FilterArgumentError(f"a value has more than {VALUE_CHARS_MAX} characters", token=None)
    return text.replace(old_text, new_text)


def truncate(value: Any, length: Any = 50, end: Any = "…") -> str:
    """At most `length` characters, `end` among them."""
    text, most, tail = _text(value), int(_number(length)), _text(end)
    return text if len(text) <= most else text[: max(0, most - len(tail))] + tail


def join(value: Any, separator: Any = "、") -> str:
    """A list as one text."""
    if not isinstance(value, list | tuple):
        return _text(value)
    return _bounded(_text(separator).join(_text(item) for item in value[:LIST_MAX]))


def size(value: Any) -> int:
    """Characters of a text, entries of a list; 0 for anything else."""
    return len(value) if isinstance(value, str | list | tuple) else 0


def first(value: Any) -> Any:
    """The first entry of a list, or nothing."""
    return value[0] if isinstance(value, list | tuple) and value else None


def last(value: Any) -> Any:
    """The last entry of a list, or nothing."""
    return value[-1] if isinstance(value, list | tuple) and value else None


def divided_by(value: Any, by: Any) -> int | float:
    """Whole numbers divide to whole numbers; raises FilterArgumentError for 0."""
    number, divisor = _number(value), _number(by)
    if divisor == 0:
        raise FilterArgumentError("divided by 0", token=None)
    both_whole = isinstance(number, int) and isinstance(divisor, int)
    return number // divisor if both_whole else _result(number / divisor)


def round_(value: Any, digits: Any = 0) -> int | float:
    """Rounded to at most six digits after the point."""
    return _result(round(float(_number(value)), min(6, max(0, int(_number(digits))))))


def money(value: Any) -> str:
    """Fen as yuan: 12345 -> 123.45."""
    return "" if _empty(value) else yuan(int(_number(value)))


def date_(value: Any, shape: Any = "%Y-%m-%d") -> str:
    """An ISO date or time in `shape`, of %Y %m %d %H %M."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return _text(value)
    if not isinstance(moment, date):
        return _text(value)
    time = (moment.hour, moment.minute) if isinstance(moment, datetime) else (0, 0)
    parts = (moment.year, moment.month, moment.day, *time)
    return _DATE_PART.sub(lambda directive: _DATE_PARTS.get(directive[0], directive[0]).format(*parts), _text(shape))


FILTERS: dict[str, tuple[Callable[..., Any], LocalizedText]] = {
    "default": (default, LocalizedText("没有值时用", "when there is no value")),
    "upcase": (lambda value: _text(value).upper(), LocalizedText("转大写", "upper case")),
    "downcase": (lambda value: _text(value).lower(), LocalizedText("转小写", "lower case")),
    "capitalize": (lambda value: _text(value).capitalize(), LocalizedText("首字母大写", "capital first letter")),
    "strip": (lambda value: _text(value).strip(), LocalizedText("去掉首尾空白", "without spaces around")),
    "escape": (lambda value: _bounded(html.escape(_text(value))), LocalizedText("HTML 转义", "escaped for HTML")),
    "truncate": (truncate, LocalizedText("截断到字数", "at most so many characters")),
    "append": (lambda value, more: _bounded(_text(value) + _text(more)), LocalizedText("后面加上", "followed by")),
    "prepend": (lambda value, more: _bounded(_text(more) + _text(value)), LocalizedText("前面加上", "preceded by")),
    "replace": (replace, LocalizedText("替换", "replaced")),
    "remove": (lambda value, old: replace(value, old), LocalizedText("去掉", "without")),
    "join": (join, LocalizedText("用符号连接列表", "a list as one text")),
    "size": (size, LocalizedText("长度", "how long")),
    "first": (first, LocalizedText("第一个", "the first")),
    "last": (last, LocalizedText("最后一个", "the last")),
    "plus": (lambda value, other: _result(_number(value) + _number(other)), LocalizedText("加", "plus")),
    "minus": (lambda value, other: _result(_number(value) - _number(other)), LocalizedText("减", "minus")),
    "times": (lambda value, other: _result(_number(value) * _number(other)), LocalizedText("乘", "times")),
    "divided_by": (divided_by, LocalizedText("除以", "divided by")),
    "round": (round_, LocalizedText("四舍五入", "rounded")),
    "money": (money, LocalizedText("分转元", "fen as yuan")),
    "date": (date_, LocalizedText("日期格式", "a date in a shape")),
}
"""name -> (function, what it does): the whole list; anything else is refused when the template is written."""
