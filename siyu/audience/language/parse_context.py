"""What the parsers of conditions share while one tree is being read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.faults import Faults
from siyu.audience.language.schema import Schema
from siyu.audience.language.tree import Tree


@dataclass
class ParseContext:
    """The faults so far, the names there are, the audiences we are inside of, and how many conditions were read.

    `parse_tree` reads the tree of another audience, in a context of its own.
    """

    faults: Faults
    schema: Schema
    trail: tuple[str, ...]
    parse_tree: "Callable[[ParseContext, Any], Tree | None]"
    conditions: int = 0
    read: "list[tuple[str, Condition]]" = field(default_factory=list)
    """The conditions that could be read, with their paths."""

    def inside(self, name: str) -> "ParseContext":
        """The context in which the audience `name` is read."""
        return ParseContext(Faults(), self.schema, (*self.trail, name), self.parse_tree, self.conditions)
