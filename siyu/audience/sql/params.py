"""Values of a query. Text from a request only ever travels here, never in the text of the query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_MARK = "\ue000"
"""Stands on both sides of a value's place in a query that is being put together; no name and no literal has it."""


@dataclass(frozen=True)
class Query:
    """SQL with `$n` placeholders and their values."""

    sql: str
    params: tuple[Any, ...]


@dataclass
class Params:
    """The values that the parts of a query may use; those that the whole comes to use are numbered when it is written."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: Any, cast: str) -> str:
        """A placeholder for `value`."""
        self.values.append(value)
        return f"{_MARK}{len(self.values) - 1}{_MARK}::{cast}"

    def listed(self, values: Sequence[Any], cast: str) -> str:
        """Placeholders for all of `values`, as IN takes them."""
        return ", ".join(self.add(value, cast) for value in values)

    def write(self, sql: str) -> Query:
        """The finished query: values in the order in which they are first used, those that nothing uses left out."""
        numbers: dict[int, int] = {}
        pieces = sql.split(_MARK)
        for place in range(1, len(pieces), 2):
            number = numbers.setdefault(int(pieces[place]), len(numbers) + 1)
            pieces[place] = f"${number}"
        return Query("".join(pieces), tuple(self.values[place] for place in numbers))


def timestamp_literal(at: datetime) -> str:
    """A lake timestamp literal: made from a datetime of ours, never from text of a request."""
    return f"TIMESTAMP '{at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
