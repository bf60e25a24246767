"""Taking a file in: the bytes are checked, become a table in a folder of their own, and are described."""

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from siyu.contacts.identities.rules import NOISE, Trace
from siyu.imports.files.duckdb_session import literal, quoted, session
from siyu.imports.files.layout import ROW, UNREADABLE, HeadRow, Layout, LayoutChoice
from siyu.imports.refusals import NoSuchUpload, WrongFile
from siyu.kit.bounded_process import OutOfBounds, run
from siyu.kit.errors import TooLarge
from siyu.kit.ids import token
from siyu.kit.logs import logger
from siyu.kit.text import LocalizedText

log = logger("imports")
BLOCK_BYTES = 1 << 20
NAME_CHARS_MAX = 200
ORIGINAL, TABLE, ABOUT = "original", "table.parquet", "about.json"
PARSER = "siyu.imports.files.upload_parser"
READ_MEMORY_BYTES = 3 << 30
"""What reading a file may take of the address space; what DuckDB may hold of it is bounded lower."""
READ_SECONDS = 60
READ_BYTES_A_SECOND = 512 << 10
OUT_OF_BOUNDS: dict[str, LocalizedText] = {
    "time": LocalizedText(
        "读取用时过长，已停止：请拆成几份，或另存为 CSV",
        "Reading took too long and was stopped: split the file, or save it as CSV",
    ),
    "memory": LocalizedText(
        "读取所需内存超过上限，已停止：请拆成几份，或另存为 CSV",
        "Reading needs more memory than allowed and was stopped: split the file, or save it as CSV",
    ),
    "crash": LocalizedText(
        "文件已损坏，读取程序无法继续：请重新导出", "The file is damaged, the reader cannot go on: export it again"
    ),
}
FIRST_ROW = Layout()
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


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
    layout: Layout = FIRST_ROW

    def field(self, heading: str) -> Heading:
        """The column under `heading`."""
        return next(column for column in self.columns if column.name == heading)

    def rows_sql(self) -> str:
        """SQL of all rows: the table's columns, the row's number and, for a crooked line, its text."""
        return f"SELECT * FROM read_parquet({literal(str(self.folder / TABLE))})"


def place(uploads: Path, workspace_id: int) -> Path:
    """Where a workspace's files lie; one workspace never looks into another's."""
    return uploads / str(workspace_id)


def bring_in(uploads: Path, workspace_id: int, source: BinaryIO, name: str, bytes_max: int) -> Upload:
    """Take the file at `source` in; raises WrongFile, TooLarge. Blocks: call it in a thread."""
    with _new_folder(uploads, workspace_id) as folder:
        fingerprint = _copy(source, folder / ORIGINAL, bytes_max)
        return _read(folder, shown(name), fingerprint, LayoutChoice())


def read_again(uploads: Path, workspace_id: int, upload: Upload, choice: LayoutChoice) -> Upload:
    """The same file as a new upload, read as somebody chose; raises WrongFile, NoSuchUpload. Blocks: call it in a thread."""
    original = upload.folder / ORIGINAL
    if not original.exists():
        raise NoSuchUpload()
    with _new_folder(uploads, workspace_id) as folder:
        # imports of the upload as it was read before may still be under way
        (folder / ORIGINAL).hardlink_to(original)
        return _read(folder, upload.name, upload.fingerprint, choice)


@contextmanager
def _new_folder(uploads: Path, workspace_id: int) -> Iterator[Path]:
    """A folder of its own for an upload, thrown away if it does not come to be."""
    folder = place(uploads, workspace_id) / token(24)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _read(folder: Path, name: str, fingerprint: str, choice: LayoutChoice) -> Upload:
    """Have the original read by a process of its own, and keep what it is; raises WrongFile."""
    size = (folder / ORIGINAL).stat().st_size
    seconds = READ_SECONDS + size // READ_BYTES_A_SECOND
    request = {"folder": str(folder.resolve()), "choice": asdict(choice)}
    try:
        answer = run(PARSER, request, folder, memory_bytes=READ_MEMORY_BYTES, seconds=seconds)
    except OutOfBounds as error:
        log.warning("upload_out_of_bounds", reason=error.reason, bytes=size)
        refusal = OUT_OF_BOUNDS[error.reason]
        raise WrongFile(refusal.en, refusal.zh) from error
    if "refused" in answer:
        raise WrongFile(*answer["refused"])
    about = {**answer, "file": folder.name, "folder": None, "name": name, "fingerprint": fingerprint}
    (folder / ABOUT).write_bytes(orjson.dumps(about))
    return load(folder)


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
    layout = about.get("layout") or {}
    head = [HeadRow(**row) for row in layout.get("head", ())]
    columns = [Heading(**column) for column in about["columns"]]
    return Upload(**{**about, "folder": folder, "columns": columns, "layout": Layout(**{**layout, "head": head})})


def remove(upload: Upload) -> None:
    """Throw an upload away."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def rows_naming(upload: Upload, traces: Sequence[Trace]) -> list[int]:
    """The rows (as a spreadsheet counts) in which one of `traces` stands. Blocks: call it in a thread."""
    cells = ", ".join(f"CAST({quoted(column.field)} AS VARCHAR)" for column in upload.columns)
    bare = f"regexp_replace(lower(cell), {literal(NOISE)}, '', 'g')"
    with session(upload.folder) as connection:
        connection.execute("CREATE TEMP TABLE trace (value VARCHAR, within BOOLEAN)")
        connection.executemany("INSERT INTO trace VALUES ($1, $2)", [[t.value, t.within] for t in traces])
        rows = connection.execute(f"""
            WITH line AS (
                SELECT {ROW} AS row, [{bare} FOR cell IN [{cells}, {UNREADABLE}] IF cell IS NOT NULL] AS cells
                FROM ({upload.rows_sql()})),
            text AS (SELECT row, cells, array_to_string(cells, '|') AS whole FROM line)
            SELECT DISTINCT row FROM text JOIN trace
            ON CASE WHEN within THEN contains(whole, value) ELSE list_contains(cells, value) END ORDER BY row""")
        return [int(row[0]) for row in rows.fetchall()]


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
        while block := source.read(BLOCK_BYTES):
            size += len(block)
            if size > bytes_max:
                raise TooLarge(f"Files may have {bytes_max >> 20} MiB", f"文件不能超过 {bytes_max >> 20} MiB")
            digest.update(block)
            write.write(block)
    return digest.hexdigest()
