"""What the lake holds at one moment: its data files, the rows deleted from them, the rows that have no file yet.

Read from DuckLake's catalogue in one transaction of Postgres, so that a commit of the relay is seen whole or not at
all. The files it names stay for files_kept() (siyu.facts.lake.compaction), so compaction does not pull them away from a reader.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from siyu.facts.lake.connection import CATALOGUE_SCHEMA
from siyu.facts.lake.layout import SORTED
from siyu.kit.errors import Refusal

Cursor = duckdb.DuckDBPyConnection
Names = tuple[tuple[int, str], ...]

DUCKDB_TYPES = {
    "boolean": "BOOLEAN",
    "date": "DATE",
    "float64": "DOUBLE",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "json": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "uuid": "UUID",
    "varchar": "VARCHAR",
}
"""The catalogue's names of column types and DuckDB's."""
ASKED = tuple(SORTED)
"""Tables that questions are about."""


class UnreadableLake(Refusal):
    """The lake has something that only DuckLake itself can read."""

    status, code, title, title_zh = 409, "unreadable_lake", "This lake cannot be read so", "无法这样读取湖"


@dataclass(frozen=True)
class LakeColumn:
    """A column: `id` is its number in every file, whatever it is called there; `type` the catalogue's, of one element for a list."""

    id: int
    name: str
    type: str
    listed: bool

    @property
    def duckdb(self) -> str:
        """DuckDB's name of the type."""
        return DUCKDB_TYPES[self.type] + ("[]" if self.listed else "")


@dataclass(frozen=True)
class Table:
    """A table at one snapshot. Rows of `files` count unless a file of `delete_files` (file_path, pos) or a pair of `deleted`
    (name of the file, position from 0) says that they are gone; files in `marked` are those with such rows. `rows` are in
    the catalogue itself, in the columns' order. A file that was taken in as it was numbers no columns: `named` has the
    (column's id, its name there) of such a file."""

    name: str
    columns: tuple[LakeColumn, ...]
    files: tuple[str, ...]
    marked: tuple[str, ...]
    delete_files: tuple[str, ...]
    deleted: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Any, ...], ...]
    named: Mapping[str, Names]


@dataclass(frozen=True)
class Snapshot:
    """All tables that questions are about; `number` is DuckLake's."""

    number: int
    tables: tuple[Table, ...]


def take(cursor: Cursor, path: str) -> Snapshot:
    """The newest snapshot of the lake at `path` (a folder or an s3 prefix); raises UnreadableLake."""
    cursor.execute("BEGIN")
    try:
        number = _catalogue(cursor, "SELECT max(snapshot_id) AS n FROM ducklake_snapshot")[0][0]
        return Snapshot(int(number), tuple(_tables(cursor, path.rstrip("/"))))
    finally:
        cursor.execute("ROLLBACK")


def _catalogue(cursor: Cursor, sql: str, select: str = "*") -> list[tuple[Any, ...]]:
    """Rows of a query that Postgres answers; `select` is what DuckDB makes of them. Both are our own text."""
    for table in ("snapshot", "table", "schema", "column", "data_file", "delete_file", "inlined_", "name_mapping"):
        sql = sql.replace(f" ducklake_{table}", f" {CATALOGUE_SCHEMA}.ducklake_{table}")
    quoted = sql.replace("'", "''")
    return cursor.execute(f"SELECT {select} FROM postgres_query('pg', '{quoted}')").fetchall()


def _tables(cursor: Cursor, path: str) -> Iterator[Table]:
    known = _catalogue(
        cursor,
        """SELECT t.table_id, t.table_name, s.path AS of_schema, t.path AS of_table
           FROM ducklake_table t JOIN ducklake_schema s ON s.schema_id = t.schema_id
           WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND t.path_is_relative AND s.path_is_relative""",
    )
    inlined = {row[0] for row in _catalogue(cursor, _INLINED_DELETES)}
    for table_id, name, of_schema, of_table in known:
        if name in ASKED:
            columns = _columns(cursor, table_id)
            folder = f"{path}/{of_schema}{of_table}"
            data = _files(cursor, "data_file", table_id, folder)
            deletes = _files(cursor, "delete_file", table_id, folder)
            names = {file_id: file.rsplit("/", 1)[-1] for file_id, file in data.items()}
            gone = _deleted(cursor, table_id, names) if f"ducklake_inlined_delete_{table_id}" in inlined else ()
            marked = {
                *deletes,
                *(file_id for file_id, name in names.items() if name in {dropped for dropped, _ in gone}),
            }
            yield Table(
                name,
                columns,
                files=tuple(file for file_id, file in data.items() if file_id not in marked),
                marked=tuple(file for file_id, file in data.items() if file_id in marked),
                delete_files=tuple(deletes.values()),
                deleted=gone,
                rows=tuple(_rows(cursor, table_id, columns)),
                named={data[file_id]: names for file_id, names in _named(cursor, table_id).items() if file_id in data},
            )


_INLINED_DELETES = f"""
    SELECT table_name::text FROM information_schema.tables
    WHERE table_schema = '{CATALOGUE_SCHEMA}' AND starts_with(table_name, 'ducklake_inlined_delete_')"""


def _columns(cursor: Cursor, table_id: int) -> tuple[LakeColumn, ...]:
    rows = _catalogue(
        cursor,
        f"""SELECT c.column_id, c.column_name, c.column_type, e.column_type AS element, c.initial_default
            FROM ducklake_column c LEFT JOIN ducklake_column e
                ON e.table_id = c.table_id AND e.parent_column = c.column_id AND e.end_snapshot IS NULL
            WHERE c.table_id = {table_id} AND c.end_snapshot IS NULL AND c.parent_column IS NULL ORDER BY c.column_order""",
    )
    top_level = []
    for column_id, name, kind, element, default in rows:
        listed = kind == "list"
        if (element if listed else kind) not in DUCKDB_TYPES or default is not None:
            raise UnreadableLake(f"Spark cannot read column {name} of the lake", f"Spark 无法读取湖中的列 {name}")
        top_level.append(LakeColumn(column_id, name, element if listed else kind, listed))
    return tuple(top_level)


def _files(cursor: Cursor, kind: str, table_id: int, folder: str) -> dict[int, str]:
    """Files by the number of the data file they are or speak of. Nothing here deletes in one data file by two files."""
    written = "file_format" if kind == "data_file" else "format"
    rows = _catalogue(
        cursor,
        f"""SELECT data_file_id, path, path_is_relative, encryption_key IS NOT NULL OR {written} <> 'parquet' AS odd
            FROM ducklake_{kind} WHERE table_id = {table_id} AND end_snapshot IS NULL ORDER BY data_file_id""",
    )
    if any(odd for _, _, _, odd in rows):
        raise UnreadableLake(
            "Spark reads Parquet files that are not encrypted, and this lake has others",
            "Spark 只能读取未加密的 Parquet 文件，而这个湖中有其他文件",
        )
    return {file_id: f"{folder}{path}" if relative else path for file_id, path, relative, _ in rows}


def _named(cursor: Cursor, table_id: int) -> dict[int, Names]:
    """The names of columns in each data file that was written elsewhere (in bulk) and taken in as it was."""
    rows = _catalogue(
        cursor,
        f"""SELECT f.data_file_id, n.target_field_id, n.source_name
            FROM ducklake_data_file f JOIN ducklake_name_mapping n ON n.mapping_id = f.mapping_id
            WHERE f.table_id = {table_id} AND f.end_snapshot IS NULL AND n.parent_column IS NULL
            ORDER BY f.data_file_id, n.target_field_id""",
    )
    by_file: dict[int, list[tuple[int, str]]] = {}
    for file_id, column_id, name in rows:
        by_file.setdefault(file_id, []).append((column_id, name))
    return {file_id: tuple(names) for file_id, names in by_file.items()}


def _deleted(cursor: Cursor, table_id: int, names: dict[int, str]) -> tuple[tuple[str, int], ...]:
    """Few deletions are rows of the catalogue until compaction writes them out; `row_id` is the position in the file."""
    rows = _catalogue(cursor, f"SELECT file_id, row_id FROM ducklake_inlined_delete_{table_id}")
    return tuple((names[file_id], position) for file_id, position in rows if file_id in names)


def _rows(cursor: Cursor, table_id: int, columns: tuple[LakeColumn, ...]) -> Iterator[tuple[Any, ...]]:
    """Few rows are rows of the catalogue until compaction writes them out: a table for each layout the lake has had.

    Texts are bytes there, and lists and times the text that DuckDB writes of them.
    """
    named = _catalogue(
        cursor,
        f"SELECT column_id, column_name FROM ducklake_column WHERE table_id = {table_id} AND parent_column IS NULL",
    )
    kept = _catalogue(
        cursor,
        f"SELECT table_name FROM ducklake_inlined_data_tables WHERE table_id = {table_id} ORDER BY schema_version",
    )
    for (kept_in,) in kept:
        there = {
            row[0]
            for row in _catalogue(
                cursor,
                f"""SELECT column_name::text FROM information_schema.columns
                    WHERE table_schema = '{CATALOGUE_SCHEMA}' AND table_name = '{kept_in}'""",
            )
        }
        # a column may have been renamed since
        then = {column_id: name for column_id, name in named if name in there}
        values = ", ".join(
            "NULL"
            if column.id not in then
            else f'decode("{then[column.id]}")'
            if column.duckdb == "VARCHAR"
            else f'CAST("{then[column.id]}" AS {column.duckdb})'
            for column in columns
        )
        yield from _catalogue(cursor, f"SELECT * FROM {CATALOGUE_SCHEMA}.{kept_in} WHERE end_snapshot IS NULL", values)
