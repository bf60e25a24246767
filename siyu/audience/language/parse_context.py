"""What the readers of a tree share while one is being read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from siyu.audience.language.faults import Faults
from siyu.audience.language.schema import Schema
from siyu.audience.language.tree import Tree


@dataclass
class ParseContext:
    """The faults so far, the names there are, the audiences we are inside of, and how many conditions were read."""

    faults: Faults
    vocabulary: Schema
    trail: tuple[str, ...]
    refer: "Callable[[ParseContext, str, Any], Tree | None]"
    conditions: int = 0
