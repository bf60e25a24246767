"""Reading prepared rows chunk by chunk: what a transaction needs, taken out of the table in a few queries."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from siyu.imports.files.duck import literal, opened
from siyu.imports.files.expressions import alias
from siyu.imports.files.prepared import DOCUMENT_LINES_MAX
from siyu.kit.ids import token

CHUNK_ROWS = 100_000
"""A chunk has at least so many rows, and more only to keep a document whole."""
FAULTS_KEPT_MAX = 100_000
"""Faults kept with their values for one import; beyond it rows are still refused and counted."""


@dataclass(frozen=True)
class FaultOfRow:
    """One refused cell: where, what stood there, and the code of why."""

    row: int
    column: str
    value: str | None
    code: str


@dataclass(frozen=True)
class Chunk:
    """Rows [start, end) of the prepared table. Those without fault are in `csvs` (or `rows`), the others in `faults`."""

    start: int
    end: int
    refused: int
    held_back: int
    twins: int
    faults: list[FaultOfRow]
    csvs: list[Path]
    rows: list[tuple[Any, ...]]
    customers: list[str]
    source_total: Decimal
    ready: Any = None
    """What its taker has made of it beforehand (`actions.read`)."""


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

    def end(self, start: int) -> int:
        """Where the chunk that begins at `start` ends: at the head of a document."""
        after = start + CHUNK_ROWS
        near = f"pos < {after + DOCUMENT_LINES_MAX} AND"
        for within in (near, ""):
            found = self._all(f"SELECT min(pos) FROM {self._table} WHERE {within} head AND pos >= {after}")[0][0]
            if found is not None:
                return int(found)
        return self.total

    def chunk(self, start: int, selects: Sequence[str], *, as_csv: bool) -> Chunk:
        """The chunk at `start`: each of `selects` is our SQL over `good` (its rows without faults)."""
        end = self.end(start)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE chunk AS SELECT * FROM {self._table} WHERE pos >= {start} AND pos < {end}"
        )
        self._connection.execute("CREATE OR REPLACE TEMP VIEW good AS SELECT * FROM chunk WHERE fit")
        exact = "exact" if "exact" in self.columns else "NULL::DECIMAL(38, 9)"
        refused, held, twins, total = self._all(f"""
            SELECT count(*) FILTER (NOT fit), count(*) FILTER (held), count(*) FILTER (twin AND fit),
                   coalesce(sum({exact}), 0) FROM chunk""")[0]
        csvs: list[Path] = []
        rows: list[tuple[Any, ...]] = []
        for select in selects:
            if as_csv:
                csvs.append(self._file.with_name(f"{self._file.stem}-{token(9)}.csv"))
                self._connection.execute(f"COPY ({select}) TO {literal(str(csvs[-1]))} (FORMAT csv, HEADER false)")
            else:
                rows = self._all(select)
        faults = self._faults() if refused else []
        return Chunk(start, end, refused, held, twins, faults, csvs, rows, self._customers(), total)

    def _faults(self) -> list[FaultOfRow]:
        found = self._all(f"""
            SELECT row, coalesce(fault.c, ''), fault.v, fault.r FROM (SELECT row, unnest(faults) AS fault FROM chunk)
            ORDER BY row LIMIT {FAULTS_KEPT_MAX}""")
        return [FaultOfRow(*row) for row in found]

    def _customers(self) -> list[str]:
        who = "doc_member" if "doc_member" in self.columns else alias("member")
        if who.strip('"') not in self.columns:
            return []
        return [row[0] for row in self._all(f"SELECT DISTINCT {who} FROM good WHERE {who} IS NOT NULL ORDER BY 1")]


@contextmanager
def rows_of(folder: Path, prepared: Path) -> Iterator[Rows]:
    """The prepared rows in `prepared`, for as long as the context lasts."""
    with opened(folder) as connection:
        yield Rows(connection, prepared)


def order_selects(duplicates: str, columns: set[str]) -> tuple[str, str]:
    """Lines of orders, and their documents, as the staging tables take them; both in the order of the documents."""

    def value(target: str) -> str:
        return alias(target) if alias(target).strip('"') in columns else "NULL"

    kept = "WHERE NOT twin" if duplicates == "drop" else ""
    quantity = f"coalesce({value('quantity')}, 1)"
    lines = f"""
        SELECT row, {alias("number")}, doc_member, line, coalesce({value("product")}, ''), {value("title")}, {quantity}, fen,
               exact
        FROM good {kept} ORDER BY pos"""
    documents = f"""
        SELECT {alias("number")}, doc_member, any_value(doc_at), min({value("store")}), any_value(refund),
               min({value("refund_of")}), count(*), sum(fen), bool_and({quantity} < 0 OR fen < 0),
               sum(fen) < 0 OR sum({quantity}) < 0
        FROM good {kept} GROUP BY {alias("number")}, doc_member ORDER BY min(pos)"""
    return lines, documents


def member_select(targets: Sequence[tuple[str, str]]) -> str:
    """People, one a row: its number, then the value of each (target, type); times as UTC without a zone."""
    values = [f"CAST({alias(name)} AS TIMESTAMP)" if kind == "time" else alias(name) for name, kind in targets]
    return f"SELECT row, {', '.join(values)} FROM good ORDER BY pos"


def fact_select(props: Sequence[tuple[str, str]], columns: set[str]) -> str:
    """Events as the staging table takes them; `props` are (name, type)."""
    shapes = {
        "money": "CAST(round({} * 100) AS BIGINT)",
        "number": "{}::DOUBLE",
        "time": "strftime({}, '%Y-%m-%dT%H:%M:%SZ')",
    }
    pairs = ", ".join(f"{literal(name)}, {shapes.get(kind, '{}').format(alias(name))}" for name, kind in props)
    key = alias("key") if "v_key" in columns else "NULL"
    return f"SELECT row, {alias('member')}, {alias('occurred_at')}, {key}, json_object({pairs}) FROM good ORDER BY pos"
