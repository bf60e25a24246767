"""Text and Excel become a Parquet table of text columns: its row (as a spreadsheet counts), its unreadable text, c1, c2, …"""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from siyu.imports.files.duckdb_session import literal
from siyu.imports.files.encodings import decoded
from siyu.imports.files.formats import LINE_CHARS_MAX, TextFormat, separator_line, text_format
from siyu.imports.files.layout import (
    HEADING_WITHIN,
    NUMBERLIKE,
    ROW,
    TOTAL,
    TOTAL_LINE,
    UNREADABLE,
    Layout,
    LayoutChoice,
    Record,
    find_heading,
    head_of,
    used,
)
from siyu.imports.files.workbook_area import check_area
from siyu.imports.refusals import WrongFile
from siyu.kit.text import INVISIBLE

COLUMNS_MAX = 500
HEADING_CHARS_MAX = 200
CROOKED_CHARS_KEPT = 20_000
"""Of a line with another number of cells than the heading so much is kept, for the file of refused rows."""
_UNSEEN = str.maketrans("", "", INVISIBLE)
Table = tuple[list[str], Layout]


def from_text(connection: duckdb.DuckDBPyConnection, file: Path, choice: LayoutChoice, table: Path) -> Table:
    """Write `table` from delimited text; returns the headings and how it was read.

    DuckDB reads what is well formed; a file with a crooked or blank line is read again line by line, so that every
    line keeps its number and the crooked ones can be named.
    """
    how = text_format(file, choice.encoding)
    head = list(islice(_records(file, how), HEADING_WITHIN))
    place = _heading_place(head, choice)
    row, cells = head[place]
    headings = _headings(cells)
    layout = Layout(row, how.encoding, how.delimiter, head=head_of(head))
    plain = how.encoding == "utf-8-sig" and not how.blanks and not how.backslash
    # a quoted line break above the heading would make its row another line
    if not (
        plain and (row == 1 or _is_plain_above(file, row)) and _copy_text(connection, file, how, row, headings, table)
    ):
        table.unlink(missing_ok=True)
        records = (record for record in _records(file, how) if record[0] > row)
        _write(connection, records, headings, used(cells), table)
    return headings, replace(layout, totals=_drop_totals(connection, table, len(headings)))


def _is_plain_above(file: Path, row: int) -> bool:
    with file.open("rb") as stream:
        return all(b'"' not in stream.readline() for _ in range(row - 1))


def _copy_text(
    connection: duckdb.DuckDBPyConnection, file: Path, how: TextFormat, row: int, headings: Sequence[str], table: Path
) -> bool:
    """Write `table` by DuckDB's own reader; False where the file is not well formed."""
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(1, len(headings) + 1))
    try:
        connection.execute(
            f"COPY (SELECT row_number() OVER () + {row} AS {ROW}, NULL::VARCHAR AS {UNREADABLE}, * "
            f"FROM read_csv({literal(str(file))}, header = true, skip = {row - 1}, auto_detect = false, "
            f"strict_mode = true, delim = {literal(how.delimiter)}, quote = '\"', escape = '\"', "
            f"columns = {{{columns}}}, max_line_size = {LINE_CHARS_MAX})) TO {literal(str(table))} (FORMAT parquet)"
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return False
    return True


def from_excel(connection: duckdb.DuckDBPyConnection, file: Path, choice: LayoutChoice, table: Path) -> Table:
    """Write `table` from the chosen sheet, else the first one people see that has cells; returns the headings and how it was read."""
    check_area(file)
    try:
        with CalamineWorkbook.from_path(str(file)) as workbook:
            sheets = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            seen = {s.name for s in workbook.sheets_metadata if s.visible == SheetVisibleEnum.Visible}
            for name in [choice.sheet] if choice.sheet else sorted(sheets, key=lambda name: name not in seen):
                if name not in sheets:
                    raise WrongFile(f"The workbook has no sheet “{name}”", f"工作簿中没有工作表“{name}”")
                records = _cells(workbook.get_sheet_by_name(name).iter_rows())
                head = list(islice(records, HEADING_WITHIN))
                if head:
                    return _from_sheet(connection, Layout(sheet=name, sheets=sheets), head, records, choice, table)
    except CalamineError as error:
        raise WrongFile("This Excel file cannot be opened", "Excel 文件无法打开") from error
    if choice.sheet:
        raise WrongFile(f"The sheet “{choice.sheet}” is empty", f"工作表“{choice.sheet}”是空的")
    raise WrongFile("The workbook is empty", "工作簿是空的")


def _from_sheet(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    head: Sequence[Record],
    records: Iterator[Record],
    choice: LayoutChoice,
    table: Path,
) -> Table:
    place = _heading_place(head, choice)
    row, cells = head[place]
    headings = _headings(cells[: used(cells)])
    _write(connection, chain(head[place + 1 :], records), headings, 0, table)
    totals = _drop_totals(connection, table, len(headings))
    return headings, replace(layout, heading_row=row, head=head_of(head), totals=totals)


def _heading_place(head: Sequence[Record], choice: LayoutChoice) -> int:
    """Where among the first records the heading is; raises WrongFile."""
    if choice.heading_row is None:
        place = find_heading(head)
    else:
        place = next((at for at, (row, _) in enumerate(head) if row == choice.heading_row), None)
    if place is None:
        raise WrongFile("The file has no heading there", "该位置没有表头")
    return place


def _drop_totals(connection: duckdb.DuckDBPyConnection, table: Path, width: int) -> int:
    """Take rows of sums (合计) out of `table`; returns how many: their first filled cell says so and the others are figures."""
    cells = ", ".join(f"c{n}" for n in range(1, width + 1))
    trimmed = ", ".join(f"nullif(trim(c{n}), '')" for n in range(1, width + 1))
    first = f"coalesce({trimmed}, {UNREADABLE})"
    filled = f"list_filter([{cells}], lambda cell: trim(cell) <> '')"
    figures = f"len(list_filter({filled}[2:], lambda cell: NOT regexp_full_match(cell, {literal(NUMBERLIKE)}))) = 0"
    alone = f"{width} > 1 AND coalesce(len({filled}), 0) <= 1 AND regexp_matches({first}, {literal(TOTAL_LINE)})"
    total = f"coalesce((regexp_full_match({first}, {literal(TOTAL)}) AND {figures}) OR ({alone}), false)"
    path = literal(str(table))
    totals: int = connection.execute(f"SELECT count(*) FROM read_parquet({path}) WHERE {total}").fetchall()[0][0]
    if totals:
        rest = table.with_suffix(".rest")
        kept = f"SELECT * FROM read_parquet({path}) WHERE NOT {total}"
        connection.execute(f"COPY ({kept}) TO {literal(str(rest))} (FORMAT parquet)")
        rest.replace(table)
    return totals


def _cells(rows: Iterator[list[Any]]) -> Iterator[Record]:
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
    first = next(lines, "")
    stated = separator_line(first) is not None
    options: dict[str, Any] = {"escapechar": "\\"} if how.backslash else {}
    try:
        reader = csv.reader(lines if stated else chain([first], lines), delimiter=how.delimiter, **options)
        for number, cells in enumerate(reader, 2 if stated else 1):
            if any(cell.strip() for cell in cells):
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
        name = cell.translate(_UNSEEN).strip()[:HEADING_CHARS_MAX] or f"column {position}"
        candidates = chain([name], (f"{name} {n}" for n in range(2, COLUMNS_MAX + 2)))
        headings.append(next(candidate for candidate in candidates if candidate not in headings))
    return headings


def _write(
    connection: duckdb.DuckDBPyConnection,
    records: Iterator[Record],
    headings: Sequence[str],
    least: int,
    table: Path,
) -> None:
    """Write `table` from numbered records; those with cells beyond the headings or fewer than `least` keep only their text."""
    width = len(headings)
    plain = table.with_suffix(".csv")
    with plain.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, cells in records:
            fits = least <= len(cells) and used(cells[width:]) == 0
            whole = (cells + [""] * width)[:width] if fits else [""] * width
            writer.writerow([number, "" if fits else line_of(cells)[:CROOKED_CHARS_KEPT], *whole])
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(1, width + 1))
    connection.execute(
        f"COPY (SELECT {ROW}, nullif({UNREADABLE}, '') AS {UNREADABLE}, * EXCLUDE ({ROW}, {UNREADABLE}) FROM read_csv("
        f"{literal(str(plain))}, header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{'{ROW}': 'BIGINT', '{UNREADABLE}': 'VARCHAR', {columns}}}, max_line_size = {4 * LINE_CHARS_MAX}))"
        f" TO {literal(str(table))} (FORMAT parquet)"
    )
    plain.unlink()


def line_of(cells: Sequence[str], delimiter: str = ",") -> str:
    """Cells as one line of CSV without its end."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(cells)
    return line.getvalue()
