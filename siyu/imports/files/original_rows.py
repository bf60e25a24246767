"""Rows of an upload as they stood in it, for giving them back: all columns, in the file's own coding."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from siyu.imports.files.duckdb_session import session
from siyu.imports.files.expressions import cell_text
from siyu.imports.files.layout import ROW, UNREADABLE
from siyu.imports.files.upload import Upload
from siyu.imports.refusals import REASON_HEADING
from siyu.kit.text import spreadsheet_text

DEFAULT_ENCODING = "utf-8-sig"
"""The mark makes Excel read UTF-8."""


@dataclass(frozen=True)
class OriginalRows:
    """The rows of one upload. Columns that an earlier file of refused rows has added are none of its own."""

    connection: duckdb.DuckDBPyConnection
    upload: Upload

    def headings(self) -> list[str]:
        """The headings of the file."""
        return [column.name for column in self.upload.columns if not is_reason(column.name)]

    def at(self, rows: Sequence[int]) -> dict[int, list[str]]:
        """{row: its cells as text}, of a crooked line the cells it has."""
        columns = [cell_text(column) for column in self.upload.columns if not is_reason(column.name)]
        stood = self.connection.execute(
            f"SELECT {ROW}, {UNREADABLE}, {', '.join(columns)} FROM ({self.upload.rows_sql()}) "
            f"WHERE {ROW} BETWEEN {min(rows)} AND {max(rows)} AND {ROW} IN (SELECT unnest(?::BIGINT[]))",
            [list(rows)],
        ).fetchall()
        return {
            row: next(csv.reader([crooked])) if crooked else [cell or "" for cell in cells]
            for row, crooked, *cells in stood
        }


@contextmanager
def original_rows(upload: Upload) -> Iterator[OriginalRows]:
    """The rows of `upload`, for as long as the context lasts."""
    with session(upload.folder) as connection:
        yield OriginalRows(connection, upload)


def is_reason(heading: str) -> bool:
    """Whether a column holds the reasons of an earlier import."""
    return heading in (REASON_HEADING.zh, REASON_HEADING.en)


class CsvEncoder:
    """Lines of CSV in the coding of an upload, where that can write `sample`; else in UTF-8."""

    def __init__(self, upload: Upload, sample: str) -> None:
        self.encoding = upload.layout.encoding or DEFAULT_ENCODING
        try:
            sample.encode(self.encoding)
        except UnicodeEncodeError:
            self.encoding = DEFAULT_ENCODING
        self._delimiter = upload.layout.delimiter or ","
        self._encoder = codecs.getincrementalencoder(self.encoding)("replace")

    def lines(self, rows: Sequence[Sequence[str]]) -> bytes:
        """`rows` as lines; what a spreadsheet would compute is made text, and read without the apostrophe again."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter)
        writer.writerows([spreadsheet_text(cell.lstrip("\t\r\n ")) for cell in cells] for cells in rows)
        return self._encoder.encode(text.getvalue())
