"""What does not stand where people or logs read: tokens that open something by themselves, and the data that an error's text quotes.

An error's text quotes values (`Key (phone)=(138…) already exists`, `invalid literal: 'a@b.cn'`): what is quoted, every long number and every
address is left out. What remains says where it happened and of what kind it is.
"""

import re
import traceback
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

HIDDEN = "***"
TOKENS = re.compile(
    r"siyu_[0-9A-Za-z_-]{36,}"  # API keys and members' links
    r"|(?<![0-9A-Za-z])[0-9]{1,18}-[0-9a-f]{32}(?![0-9a-f])"  # members' links as they were
    r"|whsec_[0-9A-Za-z+/=]{20,}"
    r"|(?<=access_token=)[^&\s\"'<>]+"
    r"|(?<=corpsecret=)[^&\s\"'<>]+"
    r"|(?<=Bearer )[^\s\"'<>]+"
)
"""What a token looks like, whatever it opens. A new kind begins with `siyu_` and has 36 characters or more after it."""


def redact(text: str) -> str:
    """`text` with HIDDEN for every token in it."""
    return TOKENS.sub(HIDDEN, text)


def redacted(value: Any) -> Any:
    """`value` (JSON) with HIDDEN for every token in its texts."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    return value


TEXT_CHARS_MAX = 500
"""So much of one error's text goes into a log."""
_OURS = (AttributeError, NameError, ImportError, TypeError, NotImplementedError)
"""Errors whose text names our own code; of these the quoted words stay."""
_ADDRESS = re.compile(r"[^\s@'\"<>()=,:]+@[^\s@'\"<>()=,:]+")
_NUMBER = re.compile(r"\d(?:[\s-]?\d){5,}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|“[^”]*”")
_KEYED = re.compile(r"=\s*\([^)]*\)|=\s*\S+")
_DETAIL = re.compile(r"(?:\n\s*(?:DETAIL|CONTEXT|HINT|LINE \d+)|\[SQL:|\[parameters:|\(Background).*", re.DOTALL)


def without_data(text: str, *, quoted: bool = True) -> str:
    """`text` on one line without addresses, long numbers and (`quoted`) what stands in quotes or behind `=`.

    >>> without_data("invalid phone '13800000000' of a@b.cn")
    "invalid phone '…' of …@…"
    """
    text = _DETAIL.sub("", text)
    if quoted:
        text = _KEYED.sub("=…", _QUOTED.sub("'…'", text))
    return _NUMBER.sub("…", _ADDRESS.sub("…@…", " ".join(text.split())))[:TEXT_CHARS_MAX]


def error_text(error: BaseException) -> str:
    """The error's kind and what can be said of it: of the database its code and names, of a parser its places, else its text without data."""
    # by their attributes: rooms that may not know a database log too
    cause: Any = getattr(error, "orig", None) or error
    name = type(error).__name__
    diag = getattr(cause, "diag", None)
    if diag is not None:
        names = [f"{label} {value}" for label, value in _names(diag) if value]
        main = without_data(diag.message_primary or str(cause))
        return " ".join([f"{name}: {type(cause).__name__}", cause.sqlstate or "", main, *names])
    if isinstance(cause, ValidationError):
        places = ", ".join(f"{'.'.join(map(str, e['loc']))} {e['type']}" for e in cause.errors(include_input=False))
        return f"{name}: {cause.title}: {without_data(places, quoted=False)}"
    return f"{name}: {without_data(str(cause), quoted=not isinstance(cause, _OURS))}"


def _names(diag: Any) -> Iterator[tuple[str, str | None]]:
    yield "table", diag.table_name
    yield "column", diag.column_name
    yield "constraint", diag.constraint_name


def trace(error: BaseException) -> str:
    """Frames (file, line, function, never a value) and texts of the error and of those behind it, the first cause first."""
    lines: list[str] = []
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = [
            f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(current.__traceback__)
        ]
        lines[:0] = [*frames, error_text(current)]
        if isinstance(current, BaseExceptionGroup):
            lines[:0] = [line for inner in current.exceptions for line in trace(inner).splitlines()]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(lines)
