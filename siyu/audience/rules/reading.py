"""What the readers of a tree share while one is being read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from siyu.audience.rules.tree import Tree
from siyu.audience.rules.values import Faults
from siyu.audience.rules.vocabulary import Vocabulary


@dataclass
class Reading:
    """The faults so far, the names there are, the audiences we are inside of, and how many conditions were read."""

    faults: Faults
    vocabulary: Vocabulary
    trail: tuple[str, ...]
    refer: "Callable[[Reading, str, Any], Tree | None]"
    conditions: int = 0
