"""Text and Excel become a Parquet table of text columns: its row (as a spreadsheet counts), its unreadable text, c1, c2, …"""

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineError, CalamineWorkbook

from siyu.imports.files.duckdb_session import literal
from siyu.imports.files.formats import LINE_CHARS_MAX, TextFormat, decoded
from siyu.imports.files.workbook_area import check_area
from siyu.imports.refusals import WrongFile

COLUMNS_MAX = 500
HEADING_CHARS_MAX = 200
ROW, UNREADABLE = "siyu_row", "siyu_unreadable"
Record = tuple[int, list[str]]


def from_text(connection: duckdb.DuckDBPyConnection, file: Path, how: TextFormat, table: Path) -> list[str]:
    """Write `table` from delimited text and return the headings.

    DuckDB reads what is well formed; a file with a crooked or blank line is read again line by line, so that every
    line keeps its number and the crooked ones can be named.
    """
    headings = _headings(next(_records(file, how), (1, []))[1])
    if how.encoding == "utf-8-sig" and not how.blanks:
        columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(1, len(headings) + 1))
        try:
            connection.execute(
                f"COPY (SELECT row_number() OVER () + 1 AS {ROW}, NULL::VARCHAR AS {UNREADABLE}, * "
                f"FROM read_csv({literal(str(file))}, header = true, auto_detect = false, strict_mode = true, "
                f"delim = {literal(how.delimiter)}, quote = '\"', escape = '\"', columns = {{{columns}}}, "
                f"max_line_size = {LINE_CHARS_MAX})) TO {literal(str(table))} (FORMAT parquet)"
            )
            return headings
        except duckdb.Error:
            table.unlink(missing_ok=True)
    _write(connection, islice(_records(file, how), 1, None), len(headings), table)
    return headings


def from_excel(connection: duckdb.DuckDBPyConnection, file: Path, table: Path) -> list[str]:
    """Write `table` from the first sheet that has cells, and return the headings."""
    check_area(file)
    try:
        with CalamineWorkbook.from_path(str(file)) as workbook:
            for name in workbook.sheet_names:
                records = _cells(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False))
                first = next(records, None)
                if first is not None:
                    headings = _headings(first[1])
                    width = len(headings)
                    rows = ((n, (cells + [""] * width)[: max(width, _used(cells))]) for n, cells in records)
                    _write(connection, rows, width, table)
                    return headings
    except CalamineError as error:
        raise WrongFile("This Excel file cannot be opened", "Excel 文件无法打开") from error
    raise WrongFile("The workbook is empty", "工作簿是空的")


def _used(cells: Sequence[str]) -> int:
    """How many cells up to the last filled one."""
    return max((n for n, cell in enumerate(cells, 1) if cell), default=0)


def _cells(rows: list[list[Any]]) -> Iterator[Record]:
    """The filled rows of a sheet as text, numbered as the sheet does."""
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        if any(cells):
            yield number, cells


def _cell(value: Any) -> str:
    """A cell as text: whole numbers without `.0` (Excel knows only floats), times as ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat(*([" "] if isinstance(value, dt.datetime) else []))
    return str(value).strip()


def _records(file: Path, how: TextFormat) -> Iterator[Record]:
    """The filled lines of a text, each with its number counted as a spreadsheet counts (quoted line breaks are none)."""
    lines = _lines(decoded(file, how.encoding))
    csv.field_size_limit(LINE_CHARS_MAX)
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=how.delimiter), 1):
            if any(cells):
                yield number, cells
    except csv.Error as error:
        raise WrongFile(f"The text cannot be read as a table: {error}", "文字无法按表格读取") from error


def _lines(blocks: Iterator[str]) -> Iterator[str]:
    """Lines with their ends, as csv wants them; a lone carriage return ends a line too."""
    rest = ""
    for block in blocks:
        held = "\r" if block.endswith("\r") else ""
        lines = (rest + block.removesuffix("\r")).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        rest = lines.pop() + held
        if len(rest) > LINE_CHARS_MAX:
            raise WrongFile("A line is too long for a table", "有一行过长，不像表格")
        yield from (line + "\n" for line in lines)
    if rest:
        yield rest.rstrip("\r")


def _headings(cells: Sequence[str]) -> list[str]:
    """Headings without gaps and repetitions: `column 3`, `price 2`."""
    if not cells or not any(cells):
        raise WrongFile("The file has no heading", "文件没有表头")
    if len(cells) > COLUMNS_MAX:
        raise WrongFile(f"More than {COLUMNS_MAX} columns", f"列数超过 {COLUMNS_MAX}")
    headings: list[str] = []
    for position, cell in enumerate(cells, 1):
        name = cell.strip()[:HEADING_CHARS_MAX] or f"column {position}"
        candidates = chain([name], (f"{name} {n}" for n in range(2, COLUMNS_MAX + 2)))
        headings.append(next(candidate for candidate in candidates if candidate not in headings))
    return headings


def _write(connection: duckdb.DuckDBPyConnection, records: Iterator[Record], width: int, table: Path) -> None:
    """Write `table` from numbered records; those of another width keep only their text, as unreadable."""
    plain = table.with_suffix(".csv")
    with plain.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, cells in records:
            fits = len(cells) == width
            writer.writerow([number, "" if fits else ",".join(cells)[:1_000], *(cells if fits else [""] * width)])
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(1, width + 1))
    connection.execute(
        f"COPY (SELECT {ROW}, nullif({UNREADABLE}, '') AS {UNREADABLE}, * EXCLUDE ({ROW}, {UNREADABLE}) FROM read_csv("
        f"{literal(str(plain))}, header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{'{ROW}': 'BIGINT', '{UNREADABLE}': 'VARCHAR', {columns}}}, max_line_size = {4 * LINE_CHARS_MAX}))"
        f" TO {literal(str(table))} (FORMAT parquet)"
    )
    plain.unlink()
