"""Which mapping would fit a file: a proposal that people correct."""

from collections.abc import Sequence

from siyu.contacts.identities.rules import veiled
from siyu.imports.files.profile import Profile
from siyu.imports.kind import AnyKind
from siyu.imports.kinds import KINDS
from siyu.imports.mapping.fields import Field, plain


def suggestions(columns: Sequence[Profile], file_name: str) -> list[tuple[AnyKind, dict[str, str]]]:
    """Every kind with {field: column heading}, the one that fits `columns` best first."""
    ranked = sorted(KINDS, key=lambda kind: _fitness(kind, columns, file_name), reverse=True)
    return [(kind, match(kind.fields, columns)) for kind in ranked]


def _fitness(kind: AnyKind, columns: Sequence[Profile], file_name: str) -> tuple[int, float]:
    """Whether nothing needed is missing, then how much of the file the kind explains."""
    mapped = match(kind.fields, columns)
    required = {field.name for field in kind.fields if field.required}
    complete = required <= mapped.keys() and all(mapped.keys() & set(group.fields) for group in kind.needs_one_of)
    name = plain(file_name)
    named = any(word in name for word in kind.file_words)
    strength = len(mapped) + 2 * len(required & mapped.keys()) + (2 if named else 0)
    return int(complete), strength - (0.5 * len(required - mapped.keys()))


def masked(column: Profile) -> bool:
    """Whether all that is seen of a column is masked or encrypted: it names nobody."""
    return bool(column.sample) and all(veiled(value) for value in column.sample)


def match(fields: Sequence[Field], columns: Sequence[Profile]) -> dict[str, str]:
    """{field: heading}: each column once; an equal name before a contained one."""
    headings: dict[str, str] = {}
    for exact in (True, False):
        for field in fields:
            if field.name in headings:
                continue
            heading = next(
                (c.name for c in columns if c.name not in headings.values() and _fits(field, c, exact)), None
            )
            if heading is not None:
                headings[field.name] = heading
    return headings


def _fits(field: Field, column: Profile, exact: bool) -> bool:
    names = {plain(name) for name in (*field.headings, field.name, field.label.zh)}
    heading = plain(column.name)
    if field.type == "identity" and masked(column):
        return False
    if field.type in {"time", "number", "money"} and column.type not in {field.type, "number"}:
        return False
    if field.type == "time" and column.type != "time":
        return False
    if exact:
        return heading in names
    return field.required and any(len(name) >= 4 and name in heading for name in names)
