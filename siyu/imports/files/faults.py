"""Which rows are refused: SQL of whether a row is fit, and of what exactly is wrong with one that is not."""

from siyu.imports.files.duck import literal
from siyu.imports.files.expressions import Reading, alias
from siyu.imports.rules.mapping import Mapping, identities

VALUE_CHARS_KEPT = 200
EXACT_MAX = 10**12
"""Largest amount of a line, in yuan (exclusive)."""
NUMBER_MAX = 10**11
"""Largest quantity or number (exclusive): what the tables hold."""
LIMITS = {"number": NUMBER_MAX, "money": EXACT_MAX}
NOTHING = "[]::STRUCT(c VARCHAR, v VARCHAR, r VARCHAR)[]"


def fault(heading: str, value: str, code: str) -> str:
    """SQL of one fault: heading (SQL), value (SQL) and the code of the reason."""
    return f"{{'c': {heading}, 'v': left({value}, {VALUE_CHARS_KEPT}), 'r': '{code}'}}"


def fit(found: list[Reading], mapping: Mapping) -> str:
    """SQL of whether nothing is wrong with a row: cheap, because nearly every row is fit."""
    parts = ["unreadable IS NULL"]
    for reading in found:
        value = alias(reading.target.name)
        needed = reading.target.name in _needed(found, mapping)
        parts.append(f"{value} IS NOT NULL" if needed else f"({value} IS NOT NULL OR NOT {reading.filled})")
        limit = LIMITS.get(reading.target.type)
        if limit is not None:
            parts.append(f"coalesce(abs({value}) < {limit}, true)")
    return " AND ".join([*parts, *(f"NOT ({condition})" for condition, _ in _whole(found, mapping))])


def faults(found: list[Reading], mapping: Mapping) -> str:
    """SQL of the list of faults of a row that is not fit."""
    cases = [*(_cell(reading, mapping, found) for reading in found)]
    cases += [f"CASE WHEN {condition} THEN {said} END" for condition, said in _whole(found, mapping)]
    listed = f"list_filter([{', '.join(cases)}], lambda fault: fault IS NOT NULL)"
    return f"CASE WHEN unreadable IS NOT NULL THEN [{fault('NULL', 'unreadable', 'unreadable')}] ELSE {listed} END"


def _cell(reading: Reading, mapping: Mapping, found: list[Reading]) -> str:
    value, heading = alias(reading.target.name), literal(reading.heading)
    code = "choice" if reading.choice else reading.target.type
    cases = f"WHEN {reading.filled} AND {value} IS NULL THEN {fault(heading, reading.raw, code)}"
    limit = LIMITS.get(reading.target.type)
    if limit is not None:
        cases += f" WHEN abs({value}) >= {limit} THEN {fault(heading, reading.raw, 'range')}"
    if reading.target.name in _needed(found, mapping):
        cases += f" WHEN NOT {reading.filled} THEN {fault(heading, 'NULL::VARCHAR', 'missing')}"
    return f"CASE {cases} END"


def _needed(found: list[Reading], mapping: Mapping) -> set[str]:
    """Targets that a row cannot do without; of an order line also what its amount comes from."""
    needed = {reading.target.name for reading in found if reading.target.required}
    if mapping.kind == "orders":
        needed |= {"amount"} if "amount" in mapping.columns else {"quantity", "price"}
    return needed


def _whole(found: list[Reading], mapping: Mapping) -> list[tuple[str, str]]:
    """(condition, fault) of a row as a whole."""
    headings = {reading.target.name: literal(reading.heading) for reading in found}
    if mapping.kind == "members":
        names = identities(mapping)
        empty = " AND ".join(f"NOT {reading.filled}" for reading in found if reading.target.name in names)
        return [(empty, fault(headings[names[0]], "NULL::VARCHAR", "who"))]
    if mapping.kind == "orders" and "amount" not in mapping.columns and "quantity" in mapping.columns:
        product = f"abs({alias('quantity')}::DOUBLE * {alias('price')}::DOUBLE)"
        large = f"coalesce({product} >= {EXACT_MAX}, false)"
        return [(large, fault(headings["price"], f"{alias('price')}::VARCHAR", "range"))]
    return []
