"""What a shop's export looks like: by which headings it is known, and what becomes of its columns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from siyu.imports.mapping.document import AttributeSpec, Column
from siyu.imports.mapping.fields import IMPORTED_IDENTITIES, plain
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class From:
    """The column a field comes from: the first of `headings` that the file has, and how it is read."""

    headings: Sequence[str]
    identity: str | None = None
    prefix: str | None = None


@dataclass(frozen=True)
class ShopFile:
    """A file that a shop exports. `signature` are headings that together tell it from any other; each may have several spellings."""

    name: str
    label: LocalizedText
    kind: str
    source: str
    signature: Sequence[Sequence[str]]
    columns: Mapping[str, From]
    rules: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, AttributeSpec] = field(default_factory=dict)

    def recognised_by(self, headings: Sequence[str]) -> list[str]:
        """The headings of a file by which it is this one; empty when it is not."""
        named = by_plain(headings)
        known = [next((named[plain(name)] for name in names if plain(name) in named), None) for names in self.signature]
        return [] if None in known else [heading for heading in known if heading is not None]

    def mapped(self, headings: Sequence[str], masked: Collection[str] = ()) -> dict[str, str | Column]:
        """{field: its column} for the columns that the file has, each once; `masked` ones name nobody."""
        named, columns, used = by_plain(headings), dict[str, str | Column](), set[str]()
        for name, source in self.columns.items():
            heading = next(
                (named[plain(h)] for h in source.headings if plain(h) in named and named[plain(h)] not in used), None
            )
            if heading is None or (heading in masked and (source.identity or name in IMPORTED_IDENTITIES)):
                continue
            used.add(heading)
            plainly = source.identity is None and source.prefix is None
            columns[name] = (
                heading if plainly else Column(column=heading, identity=source.identity, prefix=source.prefix)
            )
        return columns


def by_plain(headings: Sequence[str]) -> dict[str, str]:
    """{heading as headings are compared: as the file writes it}, the first of equal ones."""
    return {plain(heading): heading for heading in reversed(headings)}
