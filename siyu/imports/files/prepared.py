"""Prepared rows: each with its typed values and its faults, the rows of one document or person next to each other.

Written once and deterministic, so that a resumed import finds the same rows at the same places.
"""

from pathlib import Path

import duckdb

from siyu.imports.files import faults
from siyu.imports.files.duck import literal, opened, quoted
from siyu.imports.files.expressions import Reading, alias, reading
from siyu.imports.files.tables import ROW, UNREADABLE
from siyu.imports.files.upload import Upload
from siyu.imports.rules.mapping import ATTRIBUTE, Mapping, identities, targets
from siyu.imports.rules.refusals import WrongFile
from siyu.kit.ids import token

DOCUMENT_LINES_MAX = 100_000
HALF_EVEN = """
    CASE WHEN abs(cents - trunc(cents)) = 0.5 AND TRY_CAST(trunc(cents) AS HUGEINT) % 2 = 0
    THEN trunc(cents) ELSE round(cents) END"""
"""Fen of an exact amount: a half goes to the even neighbour."""


def prepare(upload: Upload, mapping: Mapping, target: Path) -> None:
    """Write `target` unless it is there; raises WrongFile. Blocks: call it in a thread."""
    if target.exists():
        return
    part = target.with_name(f"{target.stem}-{token(9)}.part")
    try:
        with opened(upload.folder) as connection:
            connection.execute(f"COPY ({prepared_sql(upload, mapping)}) TO {literal(str(part))} (FORMAT parquet)")
    except duckdb.Error as error:
        part.unlink(missing_ok=True)
        raise WrongFile(f"The file cannot be read: {str(error)[:200]}", "读取文件时出错") from error
    part.rename(target)


def readings(upload: Upload, mapping: Mapping) -> list[Reading]:
    """One a mapped target, in the order of the kind."""
    options = {
        f"{ATTRIBUTE}{name}": spec.options
        for name, spec in mapping.attributes.items()
        if spec.options and spec.type == "choice"
    }
    return [reading(upload, mapping, target, options) for target in targets(mapping) if target.name in mapping.columns]


def prepared_sql(upload: Upload, mapping: Mapping, rows_max: int | None = None) -> str:
    """SQL of all prepared rows (of the first `rows_max`, for a preview): pos, row, head, twin, fit, faults, v_<target>…

    `head` marks the first row of a document, `twin` a row equal to an earlier one, `held` a fit row that is refused
    because of its document.
    """
    found = readings(upload, mapping)
    limit = "" if rows_max is None else f" LIMIT {rows_max}"
    values = ", ".join(f"{r.value} AS {alias(r.target.name)}" for r in found)
    everything = ", ".join(quoted(column.field) for column in upload.columns)
    return f"""
        WITH read_rows AS (
            SELECT {ROW} AS row, {UNREADABLE} AS unreadable, hash({everything}) AS same, {values}{_refund(upload, mapping)}, *
            FROM (SELECT * FROM ({upload.rows_sql()}){limit})),
        judged AS (SELECT *, {faults.fit(found, mapping)} AS fit FROM read_rows),
        typed AS (
            SELECT row, same, fit, COLUMNS('^v_'),
                   CASE WHEN fit THEN {faults.NOTHING} ELSE {faults.faults(found, mapping)} END AS faults
            FROM judged){_documents(mapping)}"""


def _refund(upload: Upload, mapping: Mapping) -> str:
    """Whether a line says that it belongs to a refund."""
    rule = mapping.rules.refund
    if mapping.kind != "orders":
        return ""
    said = "false"
    if rule is not None and rule.prefix is not None:
        said = f"coalesce(starts_with({alias('number')}, {literal(rule.prefix)}), false)"
    elif rule is not None and rule.column is not None:
        words = ", ".join(literal(word) for word in rule.values) or "NULL"
        cell = quoted(upload.field(rule.column).field)
        said = f"coalesce(trim(CAST({cell} AS VARCHAR)) IN ({words}), false)"
    return f", {said} AS v_is_refund"


def _documents(mapping: Mapping) -> str:
    if mapping.kind == "orders":
        return _orders(mapping)
    key = "same"
    if mapping.kind == "members":
        parts = [f"'{kind}' || chr(1) || {alias(kind)}" for kind in identities(mapping)]
        key = f"coalesce({', '.join(parts)}, chr(1) || row)"
    return f"""
        SELECT row_number() OVER () - 1 AS pos, true AS head, twin, false AS held, * EXCLUDE (twin, same)
        FROM (SELECT *, row > min(row) OVER (PARTITION BY {key}) AS twin FROM typed ORDER BY row)"""


def _exact(mapping: Mapping) -> str:
    """An order line's amount in yuan, exact."""
    if "amount" in mapping.columns:
        return f"CAST({alias('amount')} AS DECIMAL(38, 9))"
    quantity = alias("quantity") if "quantity" in mapping.columns else "1"
    return f"CAST({quantity} AS DECIMAL(38, 3)) * CAST({alias('price')} AS DECIMAL(38, 6))"


def _orders(mapping: Mapping) -> str:
    """Lines with what their whole document says: the earliest time, the one customer, and whether all can be taken."""
    who = alias("member") if "member" in mapping.columns else "NULL::VARCHAR"
    number = alias("number")
    spec = mapping.spec("number")
    heading = literal((spec.column if spec else None) or "number")
    held = "WHEN NOT doc_fit THEN 'sibling'" if mapping.rules.incomplete == "refuse" else ""
    return f""",
        keyed AS (SELECT *, coalesce({number}, chr(1) || row) AS doc, {_exact(mapping)} AS exact FROM typed),
        docs AS (
            SELECT doc, min(row) AS ord, min({alias("paid_at")}) AS doc_at, min({who}) AS doc_member, count(*) AS doc_lines,
                   coalesce(min({who}) <> max({who}), false) AS quarrel, bool_and(fit) AS doc_fit,
                   bool_or(v_is_refund) AS refund
            FROM keyed GROUP BY doc),
        placed AS (SELECT *, sum(doc_lines) OVER (ORDER BY ord) - doc_lines AS doc_pos FROM docs),
        joined AS (
            SELECT keyed.* EXCLUDE (v_is_refund), placed.* EXCLUDE (doc),
                   CASE WHEN NOT fit THEN NULL WHEN doc_lines > {DOCUMENT_LINES_MAX} THEN 'large'
                        WHEN quarrel THEN 'customers' {held} END AS trouble
            FROM keyed JOIN placed USING (doc)),
        twins AS (SELECT ord, same, min(row) AS first FROM joined GROUP BY ord, same HAVING count(*) > 1),
        sorted AS (
            SELECT row_number() OVER () - 1 AS pos, * FROM (
                SELECT joined.*, coalesce(row > first, false) AS twin
                FROM joined LEFT JOIN twins USING (ord, same) ORDER BY ord, row))
        SELECT pos, row, row = ord AS head, twin, trouble IS NOT NULL AS held, fit AND trouble IS NULL AS fit,
               CASE WHEN trouble IS NULL THEN faults ELSE [{{'c': {heading}, 'v': {number}, 'r': trouble}}] END AS faults,
               COLUMNS('^v_'), doc_member, doc_at, refund, CAST(pos - doc_pos + 1 AS INTEGER) AS line, exact,
               TRY_CAST({HALF_EVEN} AS BIGINT) AS fen
        FROM (SELECT *, exact * 100 AS cents FROM sorted)"""
