"""Reads an upload in a process of its own: the bytes are checked, become a table, and are described.

`upload` starts it with bounded memory and time. Nothing else in the house parses what somebody uploads.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from siyu.imports.files import formats, tables
from siyu.imports.files.duckdb_session import literal, quoted, session
from siyu.imports.files.layout import ROW, UNREADABLE, Layout, LayoutChoice
from siyu.imports.files.profile import guess_type
from siyu.imports.files.upload import ORIGINAL, TABLE, Heading
from siyu.imports.refusals import WrongFile
from siyu.kit.bounded_process import serve

ROWS_MAX = 50_000_000
SAMPLE_ROWS = 1_000
SAMPLES_SHOWN = 5
SAMPLE_CHARS = 80
_TIMES = ("TIMESTAMP", "DATE")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def parse(request: dict[str, Any]) -> dict[str, Any]:
    """The shape, rows, columns and layout of the original in the request's folder, now also a table; or why it is refused."""
    folder = Path(request["folder"])
    original, table = folder / ORIGINAL, folder / TABLE
    try:
        shape = formats.file_format(original)
        with session(folder) as connection:
            headings, layout = _tabulate(connection, shape, original, LayoutChoice(**request["choice"]), table)
            rows, columns = _describe(connection, table, headings)
    except WrongFile as refusal:
        return {"refused": [refusal.detail, refusal.detail_zh]}
    except duckdb.OutOfMemoryException as error:
        raise MemoryError from error
    except duckdb.Error:
        return {"refused": ["The file cannot be read as a table", "文件无法按表格读取"]}
    return {"shape": shape, "rows": rows, "columns": [asdict(column) for column in columns], "layout": asdict(layout)}


def _tabulate(
    connection: duckdb.DuckDBPyConnection, shape: str, file: Path, choice: LayoutChoice, table: Path
) -> tuple[list[str] | None, Layout]:
    """Make the table; returns the headings (None where the table carries its own) and how it was read."""
    if shape == "text":
        return tables.from_text(connection, file, choice, table)
    if shape == "excel":
        return tables.from_excel(connection, file, choice, table)
    _from_parquet(connection, file, table)
    return None, Layout()


def _from_parquet(connection: duckdb.DuckDBPyConnection, file: Path, table: Path) -> None:
    """Write `table` anew from somebody's Parquet, so that only this process ever reads what they wrote."""
    path = literal(str(file))
    _check_rows(connection, path)
    connection.execute(
        f"COPY (SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {ROW}, "
        f"NULL::VARCHAR AS {UNREADABLE} FROM read_parquet({path}, file_row_number = true) "
        f"LIMIT {ROWS_MAX}) TO {literal(str(table))} (FORMAT parquet)"
    )
    # nothing about it can be chosen
    file.unlink()


def _check_rows(connection: duckdb.DuckDBPyConnection, path: str) -> int:
    """How many rows a Parquet file has; raises WrongFile when too many."""
    rows = connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({path})").fetchall()[0][0] or 0
    if rows > ROWS_MAX:
        raise WrongFile(f"More than {ROWS_MAX:,} rows", f"行数超过 {ROWS_MAX:,}")
    return int(rows)


def _describe(
    connection: duckdb.DuckDBPyConnection, table: Path, headings: list[str] | None
) -> tuple[int, list[Heading]]:
    """Count rows and look at the columns; raises WrongFile for a table of no use."""
    path = literal(str(table))
    rows = _check_rows(connection, path)
    described = connection.execute(f"DESCRIBE FROM read_parquet({path})").fetchall()
    fields = [(row[0], row[1]) for row in described if row[0] not in (ROW, UNREADABLE)]
    if len(fields) > tables.COLUMNS_MAX:
        raise WrongFile(f"More than {tables.COLUMNS_MAX} columns", f"列数超过 {tables.COLUMNS_MAX}")
    if not fields:
        raise WrongFile("The file has no columns", "文件没有列")
    chosen = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name, _ in fields)
    sample = connection.execute(f"SELECT {chosen} FROM read_parquet({path}) LIMIT {SAMPLE_ROWS}").fetchall()
    return rows, [
        _heading(headings[n] if headings else field, field, stored, [row[n] or "" for row in sample])
        for n, (field, stored) in enumerate(fields)
    ]


def _heading(name: str, field: str, stored: str, values: list[str]) -> Heading:
    sample = [value[:SAMPLE_CHARS] for value in dict.fromkeys(values) if value][:SAMPLES_SHOWN]
    if stored.startswith(_TIMES):
        looks = "time"
    elif stored.startswith(_NUMBERS) or stored.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        looks = "number"
    else:
        looks = "boolean" if stored == "BOOLEAN" else guess_type(values)
    return Heading(name, field, stored, looks, sample)


if __name__ == "__main__":
    serve(parse)
