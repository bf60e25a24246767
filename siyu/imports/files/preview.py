"""What a mapping would make of a file: the first rows as they would come in, and what is wrong further down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from siyu.contacts.identities.rules import normalise
from siyu.imports.files.chunks import FaultOfRow
from siyu.imports.files.duckdb_session import session
from siyu.imports.files.expressions import alias
from siyu.imports.files.prepared import fields_sql, prepared_sql
from siyu.imports.files.upload import Upload
from siyu.imports.kind import AnyKind, PreviewMatch, StatedWord
from siyu.imports.mapping.document import ATTRIBUTE
from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.mapping.fields import IMPORTED_IDENTITIES
from siyu.imports.refusals import WrongFile
from siyu.kit.errors import Invalid
from siyu.kit.time import zone_of

ROWS_SHOWN = 20
ROWS_CHECKED_MAX = 20_000
FAULTS_SHOWN_MAX = 100
VALUES_MAX = 2_000
"""So many orders, people or tags of a preview are held against what is here."""


@dataclass(frozen=True)
class PreviewRow:
    """A row as it would come in: {target: value}, and its faults: it would be refused, or (`kept`) lose only that cell."""

    row: int
    values: dict[str, Any]
    faults: list[FaultOfRow]


@dataclass(frozen=True)
class Preview:
    """The first rows, and of the first `checked` rows how many would be refused, how many cells would be left out of the
    others, how many rows are no sale, and how many are exact duplicates. `stated_words`: what the file's words of a state mean."""

    rows: list[PreviewRow]
    checked: int
    refused: int
    cells_left_out: int
    rows_left_out: int
    duplicates: int
    stated_words: list[StatedWord]
    faults: list[FaultOfRow]
    values: Mapping[str, list[str]]
    """What the kind's notes look at: distinct texts by name."""


def preview(upload: Upload, kind: AnyKind, mapping: MappingDocument, match: PreviewMatch) -> Preview:
    """Look at the first rows through `mapping`; raises WrongFile. Blocks: call it in a thread."""
    fields = fields_sql(upload, kind, mapping)
    names = [field.name for field in fields]
    values = ", ".join(
        f"CAST({alias(field.name)} AS TIMESTAMP)" if field.type == "time" else alias(field.name) for field in fields
    )
    try:
        with session(upload.folder) as connection:
            connection.execute(f"CREATE TABLE previewed AS {prepared_sql(upload, kind, mapping, ROWS_CHECKED_MAX)}")
            rows = connection.execute(
                f"SELECT row, faults, {values} FROM previewed ORDER BY row LIMIT {ROWS_SHOWN}"
            ).fetchall()
            columns = {row[0] for row in connection.execute("DESCRIBE previewed").fetchall()}
            left_out = "left_out" if "left_out" in columns else "false"
            counted = connection.execute(f"""
                SELECT count(*), count(*) FILTER (NOT fit AND NOT {left_out}), coalesce(sum(len(faults)) FILTER (fit), 0),
                       count(*) FILTER ({left_out}), count(*) FILTER (duplicate) FROM previewed""").fetchall()[0]
            faults = connection.execute(
                f"SELECT row, faults FROM previewed WHERE len(faults) > 0 ORDER BY row LIMIT {FAULTS_SHOWN_MAX}"
            ).fetchall()
            connection.execute("CREATE TEMP VIEW good AS SELECT * FROM previewed WHERE fit")
            stated_words = kind.stated_words(mapping, lambda sql: connection.execute(sql).fetchall())
            besides = match(lambda sql: connection.execute(sql).fetchall(), columns)
            looked_at = {
                name: [row[0] for row in connection.execute(f"{select} LIMIT {VALUES_MAX}").fetchall()]
                for name, select in kind.preview_selects(mapping).items()
            }
    except duckdb.Error as error:
        raise WrongFile("The file cannot be read as a table", "文件无法按表格读取") from error
    of_row: dict[int, list[FaultOfRow]] = {}
    for fault in besides:
        of_row.setdefault(fault.row, []).append(fault)
    shown = [
        PreviewRow(
            row,
            {name: _shown(_stored(mapping, name, value)) for name, value in zip(names, cells, strict=True)},
            _faults(row, wrong) + of_row.get(row, []),
        )
        for row, wrong, *cells in rows
    ]
    first = sorted([*(fault for row, wrong in faults for fault in _faults(row, wrong)), *besides], key=lambda f: f.row)
    checked, refused, cells, left_out_rows, duplicates = counted
    refused += len({fault.row for fault in besides if not fault.kept})
    cells += sum(fault.kept for fault in besides)
    return Preview(
        shown,
        checked,
        refused,
        cells,
        left_out_rows,
        duplicates,
        stated_words,
        first[:FAULTS_SHOWN_MAX],
        looked_at,
    )


def _faults(row: int, wrong: list[dict[str, Any]]) -> list[FaultOfRow]:
    return [FaultOfRow(row, fault["c"] or "", fault["v"], fault["r"], fault["k"]) for fault in wrong]


def _stored(mapping: MappingDocument, name: str, value: Any) -> Any:
    """A value as it would be stored: an identity in its one spelling, a date as the day in the file's zone."""
    kind = mapping.identity() if name == "member" else name
    if value is not None and kind in IMPORTED_IDENTITIES:
        try:
            return normalise(kind, value, name)
        except Invalid:
            return value
    spec = mapping.attributes.get(name.removeprefix(ATTRIBUTE))
    if isinstance(value, datetime) and spec is not None and spec.type == "date":
        return value.replace(tzinfo=UTC).astimezone(zone_of(mapping.zone)).date().isoformat()
    return value


def _shown(value: Any) -> str | bool | list[str] | None:
    """A value for people: decimals without trailing zeros, times in UTC with Z."""
    if value is None or isinstance(value, bool | list):
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "").lstrip("-").isdigit() else text
