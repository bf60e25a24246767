"""What a column looks like: its type by what nearly all of its cells look like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from siyu.kit.text import PLACEHOLDERS

_NUMBER = re.compile(r"[-+]?[¥￥$€£]?\s*[-+]?\d{1,3}(?:(?:,\d{3})+|\d*)(?:\.\d+)?")
_TIME = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[-+]\d{2}:?\d{2})?)?|\d{1,2}/\d{1,2}/\d{2,4}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?"
)
_BOOLEAN = frozenset({"true", "false", "yes", "no", "y", "n", "是", "否", "t", "f"})
MISFITS_SHARE = 100
"""One cell in so many may be unreadable without changing what its column is: it will be a refused row."""
FEW = 10
"""From so many cells on, a single unreadable one is let pass."""


def guess_type(samples: Sequence[str]) -> str:
    """`number`, `time`, `boolean` or `text`, by what nearly all non-empty samples look like."""
    trimmed = (sample.strip() for sample in samples)
    filled = [sample for sample in trimmed if sample and sample.lower() not in PLACEHOLDERS]
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


@dataclass(frozen=True)
class Profile:
    """A column as a proposal of a mapping sees it: its heading, `guess_type`, and a few values."""

    name: str
    type: str
    sample: Sequence[str] = ()
