"""Taking a file in: the bytes are checked, become a table in a folder of their own, and are described."""

import hashlib
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson

from siyu.imports.files import formats, tables
from siyu.imports.files.duckdb_session import literal, quoted, session
from siyu.imports.files.profile import guess_type
from siyu.imports.refusals import NoSuchUpload, WrongFile
from siyu.kit.errors import TooLarge
from siyu.kit.ids import token

ROWS_MAX = 50_000_000
NAME_CHARS_MAX = 200
SAMPLE_ROWS = 1_000
SAMPLES_SHOWN = 5
SAMPLE_CHARS = 80
TABLE, ABOUT = "table.parquet", "about.json"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_TIMES = ("TIMESTAMP", "DATE")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


@dataclass(frozen=True)
class Heading:
    """A column: its heading, its `field` in the table, how the table stores it, what it looks like, a few values."""

    name: str
    field: str
    stored: str
    type: str
    sample: list[str]


@dataclass(frozen=True)
class Upload:
    """A file taken in. `file` is the name by which a workspace asks for it; `folder` is where it lies."""

    file: str
    folder: Path
    name: str
    shape: str
    fingerprint: str
    rows: int
    columns: list[Heading]

    def field(self, heading: str) -> Heading:
        """The column under `heading`."""
        return next(column for column in self.columns if column.name == heading)

    def source_name(self) -> str:
        """A proposal for the mapping's source: the file's name without its ending."""
        return self.name.rsplit(".", 1)[0] or self.name

    def rows_sql(self) -> str:
        """SQL of all rows: the table's columns, the row's number and, for a crooked line, its text."""
        table = literal(str(self.folder / TABLE))
        if self.shape == "parquet":
            return (
                f"SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {tables.ROW}, "
                f"NULL::VARCHAR AS {tables.UNREADABLE} FROM read_parquet({table}, file_row_number = true)"
            )
        return f"SELECT * FROM read_parquet({table})"


def place(uploads: Path, workspace_id: int) -> Path:
    """Where a workspace's files lie; one workspace never looks into another's."""
    return uploads / str(workspace_id)


def bring_in(uploads: Path, workspace_id: int, source: BinaryIO, name: str, bytes_max: int) -> Upload:
    """Take the file at `source` in; raises WrongFile, TooLarge. Blocks: call it in a thread."""
    key = token(24)
    folder = place(uploads, workspace_id) / key
    folder.mkdir(parents=True, mode=0o700)
    try:
        kept = folder / "original"
        fingerprint = _copy(source, kept, bytes_max)
        kind = formats.file_format(kept)
        with session(folder) as connection:
            headings = _tabulate(connection, kind, kept, folder / TABLE)
            upload = _describe(connection, Upload(key, folder, shown(name), kind, fingerprint, 0, []), headings)
        kept.unlink(missing_ok=True)
        (folder / ABOUT).write_bytes(orjson.dumps({**asdict(upload), "folder": None}))
        return upload
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def find(uploads: Path, workspace_id: int, file: str) -> Upload:
    """The upload a workspace calls `file`; raises NoSuchUpload for what is not one, whatever it points at."""
    if not _TOKEN.fullmatch(file):
        raise NoSuchUpload()
    return load(place(uploads, workspace_id) / file)


def load(folder: Path) -> Upload:
    """The upload in `folder`; raises NoSuchUpload."""
    try:
        about: dict[str, Any] = orjson.loads((folder / ABOUT).read_bytes())
    except FileNotFoundError as error:
        raise NoSuchUpload() from error
    return Upload(**{**about, "folder": folder, "columns": [Heading(**column) for column in about["columns"]]})


def remove(upload: Upload) -> None:
    """Throw an upload away."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def sweep(uploads: Path, before: datetime, needed: set[Path]) -> None:
    """Throw away uploads taken in before `before`, except those `needed`."""
    for about in uploads.glob(f"*/*/{ABOUT}"):
        old = about.stat().st_mtime < before.timestamp()
        if old and about.parent.resolve() not in needed:
            shutil.rmtree(about.parent, ignore_errors=True)


def shown(name: str) -> str:
    """A file name fit to be shown: the last part of any path, printable, bounded."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable())[:NAME_CHARS_MAX] or "file"


def _copy(source: BinaryIO, target: Path, bytes_max: int) -> str:
    """Copy, and return the SHA-256; raises TooLarge as soon as it is."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as write:
        while block := source.read(formats.BLOCK_BYTES):
            size += len(block)
            if size > bytes_max:
                raise TooLarge(f"Files may have {bytes_max >> 20} MiB", f"文件不能超过 {bytes_max >> 20} MiB")
            digest.update(block)
            write.write(block)
    return digest.hexdigest()


def _tabulate(connection: duckdb.DuckDBPyConnection, kind: str, file: Path, table: Path) -> list[str] | None:
    """Make the table; returns the headings, or None where the table carries its own."""
    if kind == "text":
        return tables.from_text(connection, file, formats.text_format(file), table)
    if kind == "excel":
        return tables.from_excel(connection, file, table)
    file.rename(table)
    return None


def _describe(connection: duckdb.DuckDBPyConnection, upload: Upload, headings: list[str] | None) -> Upload:
    """Count rows and look at the columns; raises WrongFile for a table that cannot be read or is too long."""
    try:
        path = literal(str(upload.folder / TABLE))
        rows = connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({path})").fetchall()[0][0] or 0
        if rows > ROWS_MAX:
            raise WrongFile(f"More than {ROWS_MAX:,} rows", f"行数超过 {ROWS_MAX:,}")
        described = connection.execute(f"DESCRIBE {upload.rows_sql()}").fetchall()
        fields = [(row[0], row[1]) for row in described if row[0] not in (tables.ROW, tables.UNREADABLE)]
        if len(fields) > tables.COLUMNS_MAX:
            raise WrongFile(f"More than {tables.COLUMNS_MAX} columns", f"列数超过 {tables.COLUMNS_MAX}")
        chosen = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name, _ in fields)
        sample = connection.execute(f"SELECT {chosen} FROM ({upload.rows_sql()}) LIMIT {SAMPLE_ROWS}").fetchall()
    except duckdb.Error as error:
        raise WrongFile("The file cannot be read as a table", "文件无法按表格读取") from error
    if not fields:
        raise WrongFile("The file has no columns", "文件没有列")
    columns = [
        _heading(headings[n] if headings else field, field, stored, [row[n] or "" for row in sample])
        for n, (field, stored) in enumerate(fields)
    ]
    return Upload(upload.file, upload.folder, upload.name, upload.shape, upload.fingerprint, int(rows), columns)


def _heading(name: str, field: str, stored: str, values: list[str]) -> Heading:
    sample = [value[:SAMPLE_CHARS] for value in dict.fromkeys(values) if value][:SAMPLES_SHOWN]
    if stored.startswith(_TIMES):
        looks = "time"
    elif stored.startswith(_NUMBERS) or stored.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        looks = "number"
    else:
        looks = "boolean" if stored == "BOOLEAN" else guess_type(values)
    return Heading(name, field, stored, looks, sample)
