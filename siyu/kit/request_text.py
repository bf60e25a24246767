"""What no text of a request may hold, told before any room sees it: NUL, halves of characters, numbers that no column takes."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from siyu.kit.errors import Fault, path_of
from siyu.kit.text import LocalizedText

INTEGER_MAX = 2**63 - 1
NESTING_MAX = 100
"""Levels of a JSON body; the deepest tree of conditions has a fifth of them."""
PATH_PART_CHARS_MAX = 200
QUERY_VALUE_CHARS_MAX = 2_000

_NUL = LocalizedText("含有空字符（NUL）", "holds a NUL character")
_NOT_UTF8 = LocalizedText("不是 UTF-8 文字", "is not UTF-8 text")
_HALF = LocalizedText("含有不完整的字符（单独的代理项）", "holds half a character (a lone surrogate)")
_HUGE = LocalizedText("数字过大", "is too large a number")
_NOT_A_NUMBER = LocalizedText("不是数字（NaN 或无穷）", "is not a number (NaN or infinity)")
_TOO_LONG = LocalizedText("最多 {} 个字符", "at most {} characters")
_TOO_DEEP = LocalizedText(f"嵌套超过 {NESTING_MAX} 层", f"is nested deeper than {NESTING_MAX} levels")

_SUSPECT = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|NaN|Infinity|\d{17}|\d[eE]\+?\d\d|[\[{]\s*[\[{]")
"""Bytes without which a JSON body holds none of what is refused here: most bodies are not looked through."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _fault(place: str, reason: LocalizedText) -> Fault:
    return Fault(place, reason.en, reason.zh)


def _too_long(place: str, chars_max: int) -> Fault:
    return Fault(place, _TOO_LONG.en.format(chars_max), _TOO_LONG.zh.format(chars_max))


def address_faults(raw_path: bytes, query: bytes) -> list[Fault]:
    """What is wrong with the path (named `path`) and the query (by parameter) of a request.

    >>> [fault.path for fault in address_faults(b"/api/v1/members/%00", b"search=%ff")]
    ['path', 'search']
    """
    faults = [fault for fault in [_address_fault("path", unquote_to_bytes(raw_path))] if fault]
    if any(len(part) > PATH_PART_CHARS_MAX for part in unquote_to_bytes(raw_path).decode(errors="replace").split("/")):
        faults.append(_too_long("path", PATH_PART_CHARS_MAX))
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1"):
        for text in (name, value):
            fault = _address_fault(_shown(name), text.encode("latin-1"))
            if fault:
                faults.append(fault)
        if len(value) > QUERY_VALUE_CHARS_MAX:
            faults.append(_too_long(_shown(name), QUERY_VALUE_CHARS_MAX))
    return faults


def _address_fault(place: str, text: bytes) -> Fault | None:
    if b"\0" in text:
        return _fault(place, _NUL)
    try:
        text.decode()
    except UnicodeDecodeError:
        return _fault(place, _NOT_UTF8)
    return None


def _shown(name: str) -> str:
    """A parameter's name, or what of it can be shown."""
    return "".join(char for char in name if char.isascii() and char.isprintable())[:80] or "query"


def json_faults(body: bytes) -> list[Fault]:
    """What is wrong with the texts and numbers of a JSON body, by their paths; a body that is no JSON is for its parser to refuse.

    >>> json_faults(b'{"name": "a\\\\u0000"}')
    [Fault(path='name', reason='holds a NUL character', reason_zh='含有空字符（NUL）', expected=None)]
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        return [_fault("body", _NOT_UTF8)]
    if not _SUSPECT.search(body):
        return []
    try:
        document = json.loads(body, parse_int=_integer)
    except RecursionError:
        return [_fault("body", _TOO_DEEP)]
    except ValueError:
        return []
    return [_fault(path_of(place) or "body", reason) for place, reason in _walk(document, ())]


def _integer(digits: str) -> int | float:
    """A whole number, or infinity for one that nothing here can keep (Python refuses to read thousands of digits)."""
    if len(digits) > 20:
        return math.inf
    number = int(digits)
    return number if abs(number) <= INTEGER_MAX else math.inf


def _walk(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], LocalizedText]]:
    if len(place) > NESTING_MAX:
        yield place[:3], _TOO_DEEP
    elif isinstance(value, str):
        reason = _text_reason(value)
        if reason:
            yield place, reason
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, _NOT_A_NUMBER if math.isnan(value) else _HUGE
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*place, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            reason = _text_reason(key)
            if reason:
                yield place, reason
            else:
                yield from _walk(item, (*place, key))


def _text_reason(text: str) -> LocalizedText | None:
    if "\0" in text:
        return _NUL
    return _HALF if _SURROGATE.search(text) else None
