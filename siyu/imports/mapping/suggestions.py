"""What a column looks like, and which mapping would fit a file: a proposal that people correct."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from siyu.imports.rules.kinds import KINDS_OF_IMPORT, ImportKind, Target

_NUMBER = re.compile(r"[-+]?[¥￥$€£]?\s*[-+]?\d{1,3}(?:(?:,\d{3})+|\d*)(?:\.\d+)?")
_TIME = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[-+]\d{2}:?\d{2})?)?|\d{1,2}/\d{1,2}/\d{2,4}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?"
)
_BOOLEAN = frozenset({"true", "false", "yes", "no", "y", "n", "是", "否", "t", "f"})
GUESS_TYPES = ("text", "number", "time", "boolean")


MISFITS_SHARE = 100
"""One cell in so many may be unreadable without changing what its column is: it will be a refused row."""
FEW = 10
"""From so many cells on, a single unreadable one is let pass."""


def guess_type(samples: Sequence[str]) -> str:
    """`number`, `time`, `boolean` or `text`, by what nearly all non-empty samples look like."""
    filled = [sample.strip() for sample in samples if sample.strip()]
    if not filled:
        return "text"
    allowed = max(len(filled) // MISFITS_SHARE, 1 if len(filled) >= FEW else 0)
    for type_, fits in (
        ("boolean", lambda sample: sample.lower() in _BOOLEAN),
        ("time", _TIME.fullmatch),
        ("number", _NUMBER.fullmatch),
    ):
        misfits = (sample for sample in filled if not fits(sample))
        if next(islice(misfits, allowed, None), None) is None:
            return type_
    return "text"


def plain(heading: str) -> str:
    """A heading as headings are compared: lower case, letters, digits and Chinese only."""
    return "".join(c for c in heading.lower() if c.isalnum())


@dataclass(frozen=True)
class Look:
    """A column as the guess sees it: its heading and `guess_type`."""

    name: str
    type: str


def suggest(columns: Sequence[Look], file_name: str) -> tuple[ImportKind, dict[str, str]]:
    """The kind whose targets fit `columns` best, and {target: column heading}."""
    return suggestions(columns, file_name)[0]


def suggestions(columns: Sequence[Look], file_name: str) -> list[tuple[ImportKind, dict[str, str]]]:
    """Every kind with {target: column heading}, the one that fits `columns` best first."""
    ranked = sorted(KINDS_OF_IMPORT, key=lambda kind: _worth(kind, columns, file_name), reverse=True)
    return [(kind, match(kind.targets, columns)) for kind in ranked]


def _worth(kind: ImportKind, columns: Sequence[Look], file_name: str) -> tuple[int, float]:
    """Whether nothing needed is missing, then how much of the file the kind explains."""
    found = match(kind.targets, columns)
    needed = {target.name for target in kind.targets if target.required}
    complete = needed <= found.keys()
    if kind.kind == "members":
        complete = any(target.name in found for target in kind.targets if target.type == "identity")
    if kind.kind == "orders":
        complete = complete and bool({"amount", "price"} & found.keys())
    word = plain(file_name)
    named = any(part in word for part in (kind.kind.rstrip("s"), kind.zh, *(kind.fact or "").split("_")[:1]) if part)
    strength = len(found) + 2 * len(needed & found.keys()) + (2 if named else 0)
    return int(complete), strength - (0.5 * len(needed - found.keys()))


def match(targets: Sequence[Target], columns: Sequence[Look]) -> dict[str, str]:
    """{target: heading}: each column once; an equal name before a contained one."""
    found: dict[str, str] = {}
    for exact in (True, False):
        for target in targets:
            if target.name in found:
                continue
            heading = next((c.name for c in columns if c.name not in found.values() and _fits(target, c, exact)), None)
            if heading is not None:
                found[target.name] = heading
    return found


def _fits(target: Target, column: Look, exact: bool) -> bool:
    words = {plain(name) for name in (*target.names, target.name, target.zh)}
    heading = plain(column.name)
    if target.type in {"time", "number", "money"} and column.type not in {target.type, "number"}:
        return False
    if target.type == "time" and column.type != "time":
        return False
    if exact:
        return heading in words
    return target.required and any(len(word) >= 4 and word in heading for word in words)
