"""Which rows are refused and which cells are left out: SQL of whether a row is fit, and of what exactly is wrong with it.

A cell that cannot be read refuses its row where the row is nothing without it; elsewhere it costs only itself and is named.
"""

from collections.abc import Sequence

from siyu.imports.files.duckdb_session import literal
from siyu.imports.files.expressions import FieldSql, alias

VALUE_CHARS_KEPT = 200
EXACT_MAX = 10**12
"""Largest amount of a line, in yuan (exclusive)."""
NUMBER_MAX = 10**11
"""Largest quantity or number (exclusive): what the tables hold."""
LIMITS = {"number": NUMBER_MAX, "money": EXACT_MAX}
NO_FAULTS = "[]::STRUCT(c VARCHAR, v VARCHAR, r VARCHAR, k BOOLEAN)[]"

RowChecks = Sequence[tuple[str, str]]
"""(condition, fault) in SQL of a row as a whole."""


def fault(heading: str, value: str, code: str, *, kept: bool = False) -> str:
    """SQL of one fault: heading (SQL), value (SQL), the code of the reason, and whether the row is taken all the same."""
    return f"{{'c': {heading}, 'v': left({value}, {VALUE_CHARS_KEPT}), 'r': '{code}', 'k': {kept}}}"


def stored(field: FieldSql, required: set[str]) -> str:
    """SQL of what a row keeps of a cell: where the row can do without it, nothing of a number beyond its bound."""
    limit = LIMITS.get(field.type)
    if limit is None or refuses(field, required):
        return field.value
    return f"CASE WHEN abs({field.value}) < {limit} THEN {field.value} END"


def refuses(field: FieldSql, required: set[str]) -> bool:
    """Whether a cell of the field that cannot be read refuses its row."""
    return field.essential or field.name in required


def fit(fields: Sequence[FieldSql], required: set[str], checks: RowChecks) -> str:
    """SQL of whether a row can be taken."""
    parts = _readable([field for field in fields if refuses(field, required)], required)
    return " AND ".join(["unreadable IS NULL", *parts, *(f"NOT ({condition})" for condition, _ in checks)])


def clean(fields: Sequence[FieldSql], required: set[str]) -> str:
    """SQL of whether every cell that a row can do without can be read: cheap, because nearly every row is clean."""
    return " AND ".join(_readable([field for field in fields if not refuses(field, required)], required)) or "true"


def _readable(fields: Sequence[FieldSql], required: set[str]) -> list[str]:
    parts = []
    for field in fields:
        value = alias(field.name)
        parts.append(
            f"{value} IS NOT NULL" if field.name in required else f"({value} IS NOT NULL OR NOT {field.filled})"
        )
        limit = LIMITS.get(field.type)
        if limit is not None and refuses(field, required):
            parts.append(f"coalesce(abs({value}) < {limit}, true)")
    return parts


def faults(fields: Sequence[FieldSql], required: set[str], checks: RowChecks) -> str:
    """SQL of the list of faults of a row that is not fit or not clean."""
    cases = [_cell(field, required) for field in fields]
    cases += [f"CASE WHEN {condition} THEN {sql} END" for condition, sql in checks]
    listed = f"list_filter([{', '.join(cases)}], lambda fault: fault IS NOT NULL)"
    return f"CASE WHEN unreadable IS NOT NULL THEN [{fault('NULL', 'unreadable', 'unreadable')}] ELSE {listed} END"


def _cell(field: FieldSql, required: set[str]) -> str:
    heading, kept = literal(field.heading), not refuses(field, required)
    code = "choice" if field.choice else field.type
    cases, limit = "", LIMITS.get(field.type)
    if field.damaged != "false":
        cases += f"WHEN {field.damaged} THEN {fault(heading, field.raw, 'damaged', kept=kept)} "
    if field.foreign != "false":
        cases += f"WHEN {field.foreign} THEN {fault(heading, field.raw, 'currency', kept=kept)} "
    if limit is not None:
        cases += f"WHEN abs({field.value}) >= {limit} THEN {fault(heading, field.raw, 'range', kept=kept)} "
    cases += f"WHEN {field.filled} AND {alias(field.name)} IS NULL THEN {fault(heading, field.raw, code, kept=kept)}"
    if field.name in required:
        cases += f" WHEN NOT {field.filled} THEN {fault(heading, 'NULL::VARCHAR', 'missing')}"
    return f"CASE {cases} END"
