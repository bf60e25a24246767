"""Reading prepared rows chunk by chunk: what a transaction needs, taken out of the table in a few queries."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from siyu.imports.files.duckdb_session import literal, session
from siyu.imports.files.expressions import alias
from siyu.kit.ids import token

CHUNK_ROWS = 100_000
"""A chunk has at least so many rows, and more only to keep a document whole."""
DOCUMENT_LINES_MAX = 100_000
FAULTS_KEPT_MAX = 100_000
"""Faults kept with their values for one import; beyond it rows are still refused and counted."""


@dataclass(frozen=True)
class FaultOfRow:
    """One cell that cannot be taken: where, what stood there, and the code of why. `kept`: it costs only itself, not its row."""

    row: int
    column: str
    value: str | None
    code: str
    kept: bool = False


@dataclass(frozen=True)
class Chunk:
    """Rows [start, end) of the prepared table. Those that can be taken are in `csvs` or `rows`, what is wrong in `faults`."""

    start: int
    end: int
    refused: int
    cells_left_out: int
    rows_left_out: int
    documents_left_out: int
    withheld: int
    duplicates: int
    faults: list[FaultOfRow]
    csvs: Mapping[str, Path]
    rows: Mapping[str, list[tuple[Any, ...]]]
    customers: list[str]
    source_total: Decimal
    prepared: Any = None
    """What its kind has made of it beforehand."""


class Rows:
    """The prepared rows of one import."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path) -> None:
        self._connection = connection
        self._table = f"read_parquet({literal(str(file))})"
        self._file = file
        self.columns = {row[0] for row in self._all(f"DESCRIBE FROM {self._table}")}
        self.total: int = self._all(f"SELECT count(*) FROM {self._table}")[0][0]

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def end(self, start: int, rows: int | None = None) -> int:
        """Where the chunk of at least so many rows that begins at `start` ends: at the head of a document."""
        after = start + (rows or CHUNK_ROWS)
        near = f"pos < {after + DOCUMENT_LINES_MAX} AND"
        for within in (near, ""):
            head = self._all(f"SELECT min(pos) FROM {self._table} WHERE {within} head AND pos >= {after}")[0][0]
            if head is not None:
                return int(head)
        return self.total

    def numbers(self, start: int, end: int) -> list[int]:
        """The rows of the file that a chunk would have taken."""
        rows = self._all(f"SELECT row FROM {self._table} WHERE pos >= {start} AND pos < {end} AND fit ORDER BY row")
        return [row[0] for row in rows]

    def chunk(self, start: int, selects: Mapping[str, str], *, as_csv: bool, rows: int | None = None) -> Chunk:
        """The chunk at `start`: each of `selects` is our SQL over `good` (its rows without faults)."""
        end = self.end(start, rows)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE chunk AS SELECT * FROM {self._table} WHERE pos >= {start} AND pos < {end}"
        )
        self._connection.execute("CREATE OR REPLACE TEMP VIEW good AS SELECT * FROM chunk WHERE fit")
        exact = "exact" if "exact" in self.columns else "NULL::DECIMAL(38, 9)"
        left_out, whole = ("left_out", "doc_left_out") if "left_out" in self.columns else ("false", "false")
        refused, cells, rows_left_out, documents_left_out, withheld, duplicates, total = self._all(f"""
            SELECT count(*) FILTER (NOT fit AND NOT {left_out}), coalesce(sum(len(faults)) FILTER (fit), 0),
                   count(*) FILTER ({left_out}), count(*) FILTER (head AND {whole}), count(*) FILTER (withheld),
                   count(*) FILTER (duplicate AND fit), coalesce(sum({exact}), 0) FROM chunk""")[0]
        csvs = {name: self._csv(select) for name, select in selects.items()} if as_csv else {}
        taken = {} if as_csv else {name: self._all(select) for name, select in selects.items()}
        faults = self._faults() if refused or cells else []
        return Chunk(
            start,
            end,
            refused,
            int(cells),
            rows_left_out,
            documents_left_out,
            withheld,
            duplicates,
            faults,
            csvs,
            taken,
            self._customers(),
            total,
        )

    def _csv(self, select: str) -> Path:
        file = self._file.with_name(f"{self._file.stem}-{token(9)}.csv")
        self._connection.execute(f"COPY ({select}) TO {literal(str(file))} (FORMAT csv, HEADER false)")
        return file

    def _faults(self) -> list[FaultOfRow]:
        faults = self._all(f"""
            SELECT row, coalesce(fault.c, ''), fault.v, fault.r, fault.k FROM (SELECT row, unnest(faults) AS fault FROM chunk)
            ORDER BY row LIMIT {FAULTS_KEPT_MAX}""")
        return [FaultOfRow(*row) for row in faults]

    def _customers(self) -> list[str]:
        customer = customer_column(self.columns)
        if customer is None:
            return []
        customers = self._all(f"SELECT DISTINCT {customer} FROM good WHERE {customer} IS NOT NULL ORDER BY 1")
        return [row[0] for row in customers]


@contextmanager
def rows_of(folder: Path, prepared: Path) -> Iterator[Rows]:
    """The prepared rows in `prepared`, for as long as the context lasts."""
    with session(folder) as connection:
        yield Rows(connection, prepared)


def customer_column(columns: set[str]) -> str | None:
    """The column that names the customer of a row, of a document if there are any; None where no column does."""
    column = "doc_member" if "doc_member" in columns else alias("member")
    return column if column.strip('"') in columns else None


def customers_select(columns: set[str]) -> str | None:
    """Rows that name a customer, as (row, value) in the order of the file; None where no column names one."""
    customer = customer_column(columns)
    return customer and f"SELECT row, {customer} FROM good WHERE {customer} IS NOT NULL ORDER BY row"
