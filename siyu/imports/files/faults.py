"""Which rows are refused: SQL of whether a row is fit, and of what exactly is wrong with one that is not."""

from collections.abc import Sequence

from siyu.imports.files.duckdb_session import literal
from siyu.imports.files.expressions import FieldSql, alias

VALUE_CHARS_KEPT = 200
EXACT_MAX = 10**12
"""Largest amount of a line, in yuan (exclusive)."""
NUMBER_MAX = 10**11
"""Largest quantity or number (exclusive): what the tables hold."""
LIMITS = {"number": NUMBER_MAX, "money": EXACT_MAX}
NO_FAULTS = "[]::STRUCT(c VARCHAR, v VARCHAR, r VARCHAR)[]"

RowChecks = Sequence[tuple[str, str]]
"""(condition, fault) in SQL of a row as a whole."""


def fault(heading: str, value: str, code: str) -> str:
    """SQL of one fault: heading (SQL), value (SQL) and the code of the reason."""
    return f"{{'c': {heading}, 'v': left({value}, {VALUE_CHARS_KEPT}), 'r': '{code}'}}"


def fit(fields: Sequence[FieldSql], required: set[str], checks: RowChecks) -> str:
    """SQL of whether nothing is wrong with a row: cheap, because nearly every row is fit."""
    parts = ["unreadable IS NULL"]
    for field in fields:
        value = alias(field.name)
        parts.append(
            f"{value} IS NOT NULL" if field.name in required else f"({value} IS NOT NULL OR NOT {field.filled})"
        )
        limit = LIMITS.get(field.type)
        if limit is not None:
            parts.append(f"coalesce(abs({value}) < {limit}, true)")
    return " AND ".join([*parts, *(f"NOT ({condition})" for condition, _ in checks)])


def faults(fields: Sequence[FieldSql], required: set[str], checks: RowChecks) -> str:
    """SQL of the list of faults of a row that is not fit."""
    cases = [*(_cell(field, field.name in required) for field in fields)]
    cases += [f"CASE WHEN {condition} THEN {sql} END" for condition, sql in checks]
    listed = f"list_filter([{', '.join(cases)}], lambda fault: fault IS NOT NULL)"
    return f"CASE WHEN unreadable IS NOT NULL THEN [{fault('NULL', 'unreadable', 'unreadable')}] ELSE {listed} END"


def _cell(field: FieldSql, required: bool) -> str:
    value, heading = alias(field.name), literal(field.heading)
    code = "choice" if field.choice else field.type
    cases = f"WHEN {field.damaged} THEN {fault(heading, field.raw, 'damaged')} " if field.damaged != "false" else ""
    cases += f"WHEN {field.filled} AND {value} IS NULL THEN {fault(heading, field.raw, code)}"
    limit = LIMITS.get(field.type)
    if limit is not None:
        cases += f" WHEN abs({value}) >= {limit} THEN {fault(heading, field.raw, 'range')}"
    if required:
        cases += f" WHEN NOT {field.filled} THEN {fault(heading, 'NULL::VARCHAR', 'missing')}"
    return f"CASE {cases} END"
