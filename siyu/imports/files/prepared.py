"""Prepared rows: each with its typed values and its faults, the rows of one document or person next to each other.

Written once and deterministic, so that a resumed import finds the same rows at the same places.
"""

from pathlib import Path

import duckdb

from siyu.imports.files import faults
from siyu.imports.files.duckdb_session import literal, quoted, session
from siyu.imports.files.expressions import FieldSql, alias, field_sql
from siyu.imports.files.layout import ROW, UNREADABLE
from siyu.imports.files.upload import Upload
from siyu.imports.kind import AnyKind
from siyu.imports.mapping.document import ATTRIBUTE, Mapping
from siyu.imports.refusals import WrongFile
from siyu.kit.ids import token

LAYOUT = 4
"""Raised when prepared rows get other columns: an import that goes on after an upgrade then prepares its rows anew."""


def prepare(upload: Upload, kind: AnyKind, mapping: Mapping, target: Path) -> None:
    """Write `target` unless it is there; raises WrongFile. Blocks: call it in a thread."""
    if target.exists():
        return
    part = target.with_name(f"{target.stem}-{token(9)}.part")
    try:
        with session(upload.folder) as connection:
            connection.execute(f"COPY ({prepared_sql(upload, kind, mapping)}) TO {literal(str(part))} (FORMAT parquet)")
    except duckdb.Error as error:
        part.unlink(missing_ok=True)
        raise WrongFile(f"The file cannot be read: {str(error)[:200]}", "读取文件时出错") from error
    part.rename(target)


def fields_sql(upload: Upload, kind: AnyKind, mapping: Mapping) -> list[FieldSql]:
    """One a mapped field, in the order of the kind."""
    options = {
        f"{ATTRIBUTE}{name}": spec.options
        for name, spec in mapping.attributes.items()
        if spec.options and spec.type == "choice"
    }
    mapped = (field for field in kind.fields_of(mapping) if field.name in mapping.columns)
    return [field_sql(upload, mapping, field, options) for field in mapped]


def prepared_sql(upload: Upload, kind: AnyKind, mapping: Mapping, rows_max: int | None = None) -> str:
    """SQL of all prepared rows (of the first `rows_max`, for a preview): pos, row, head, duplicate, fit, faults, v_<field>…

    `faults` of a fit row name cells that are left out. `head` marks the first row of a document, `duplicate` a row equal to an earlier one, `withheld` a fit row that is refused
    because of its document, `left_out` one that is no sale.
    """
    fields = fields_sql(upload, kind, mapping)
    required = {field.name for field in fields if field.required and not field.of_document} | kind.required_in_row(
        mapping
    )
    checks = kind.row_checks(mapping, fields)
    limit = "" if rows_max is None else f" LIMIT {rows_max}"
    values = ", ".join(f"{faults.stored(field, required)} AS {alias(field.name)}" for field in fields)
    everything = ", ".join(quoted(column.field) for column in upload.columns)
    return f"""
        WITH read_rows AS (
            SELECT {ROW} AS row, {UNREADABLE} AS unreadable, hash({everything}) AS same,
                   {values}{kind.extra_columns(mapping, upload)}, *
            FROM (SELECT * FROM ({upload.rows_sql()}){limit})),
        checked AS (
            SELECT *, {faults.fit(fields, required, checks)} AS fit, {faults.clean(fields, required)} AS clean FROM read_rows),
        typed AS (
            SELECT row, same, fit, COLUMNS('^v_'),
                   CASE WHEN fit AND clean THEN {faults.NO_FAULTS} ELSE {faults.faults(fields, required, checks)} END AS faults
            FROM checked){kind.arrange(mapping)}"""


def arranged_by_key(key: str) -> str:
    """SQL after `typed` for kinds without documents: rows as they stand, those of one `key` (SQL) duplicates but the first."""
    return f"""
        SELECT row_number() OVER () - 1 AS pos, true AS head, duplicate, false AS withheld, * EXCLUDE (duplicate, same)
        FROM (SELECT *, row > min(row) OVER (PARTITION BY {key}) AS duplicate FROM typed ORDER BY row)"""
