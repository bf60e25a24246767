"""Running an import: the file is prepared once, then chunk after chunk is committed with the import's progress."""

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from siyu.imports.files import upload as uploads
from siyu.imports.files.chunks import Chunk, Rows, rows_of
from siyu.imports.files.prepared import LAYOUT, prepare
from siyu.imports.kind import AnyKind
from siyu.imports.mapping.document import Mapping
from siyu.imports.mapping.reader import kind_of, read
from siyu.imports.models import Import
from siyu.imports.refusals import Cancelled, Interrupted, trouble_text
from siyu.imports.runs import actions
from siyu.imports.runs.erasure import erase
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.errors import Refusal
from siyu.kit.jobs import Job, Timer
from siyu.kit.logs import logger
from siyu.kit.settings import settings

log = logger("imports")
LOG_FRAMES = 6
Progress = Callable[[int, int], None]


async def run_import(db: Database, import_id: int, now: datetime, on_progress: Progress | None = None) -> Import:
    """Run an import to its end and return it: done, cancelled, or failed with its trouble.

    An error that nobody foresaw fails it in calm words and goes to the log; raises Interrupted then, for the job to be retried.
    Killed anywhere, it can be run again: rows and progress are one transaction. `on_progress(rows done, rows in all)`.
    """
    async with db.transaction() as tx:
        run = await actions.begin(tx, import_id, now)
    if run.state != "running":
        return run
    try:
        folder = Path(run.file_path)
        mapping = read(run.mapping)
        kind = kind_of(mapping)
        prepared = folder / f"prepared-{run.id}-{LAYOUT}.parquet"
        await asyncio.to_thread(lambda: prepare(uploads.load(folder), kind, mapping, prepared))
        with rows_of(folder, prepared) as rows:
            await _chunks(db, run, kind, mapping, rows, now, on_progress)
    except Cancelled:
        async with db.transaction() as tx:
            return await actions.begin(tx, import_id, now)
    except Refusal as refusal:
        async with db.transaction() as tx:
            return await actions.fail(tx, import_id, trouble_text(refusal), now)
    except Exception as error:
        async with db.transaction() as tx:
            run = await actions.fail(tx, import_id, trouble_text(Interrupted()), now)
        if run.state == "done":
            # another worker brought it to its end and cleared the files under our hands
            return run
        # an error of the database may quote a customer's values: what it was and where, not its text
        where = "".join(traceback.format_tb(error.__traceback__)[-LOG_FRAMES:])
        log.error("import_interrupted", import_id=import_id, error=_error_class(error), where=where)
        raise Interrupted() from error
    async with db.transaction() as tx:
        run = await actions.finish(tx, import_id, now)
    await asyncio.to_thread(_clear, prepared)
    return run


def _error_class(error: Exception) -> str:
    """The class of an error and of the one it came from: `IntegrityError < UniqueViolation`."""
    cause = error.__cause__
    return f"{type(error).__name__} < {type(cause).__name__}" if cause else type(error).__name__


def _clear(prepared: Path) -> None:
    """Remove what the import made beside the upload, with what a killed run left."""
    for file in prepared.parent.glob(f"{prepared.stem}*"):
        file.unlink(missing_ok=True)


def _read_chunk(rows: Rows, start: int, kind: AnyKind, mapping: Mapping, workspace_id: int) -> Chunk:
    """The chunk at `start` with all that can be made of it without the database. Blocks: call it in a thread."""
    chunk = rows.chunk(start, kind.chunk_selects(mapping, rows.columns), as_csv=kind.chunk_as_csv)
    return replace(chunk, prepared=kind.prepare(workspace_id, mapping, chunk))


async def _chunks(
    db: Database,
    run: Import,
    kind: AnyKind,
    mapping: Mapping,
    rows: Rows,
    now: datetime,
    on_progress: Progress | None,
) -> None:
    """Write every chunk from where the import stands; the next one is read while one is written."""

    def begin(start: int) -> "asyncio.Task[Chunk]":
        return asyncio.create_task(asyncio.to_thread(_read_chunk, rows, start, kind, mapping, run.workspace_id))

    done = run.rows_done
    coming = begin(done) if done < rows.total else None
    try:
        while coming is not None:
            chunk = await coming
            coming = begin(chunk.end) if chunk.end < rows.total else None
            try:
                async with db.transaction() as tx:
                    run = await actions.write_chunk(tx, run.id, kind, mapping, chunk, now)
            finally:
                for csv in chunk.csvs.values():
                    csv.unlink(missing_ok=True)
            if on_progress is not None:
                on_progress(run.rows_done, rows.total)
            if run.rows_done != chunk.end and run.rows_done < rows.total:
                # another worker is at the same import: go on from where the two of us are
                if coming is not None:
                    await coming
                coming = begin(run.rows_done)
    finally:
        if coming is not None:
            await asyncio.wait([coming])


async def run(db: Database, lake: Any, *, import_id: int) -> None:
    """The job of an import that the console started."""
    done = await run_import(db, import_id, clock.now())
    log.info("import_over", import_id=import_id, state=done.state, rows=done.rows_done, refused=done.rows_refused)


async def forget(db: Database, lake: Any, now: datetime) -> None:
    """Delete the files and the refused cells of imports that have been over for long, and uploads nobody imported."""
    before = now - actions.FILES_KEPT
    async with db.transaction() as tx:
        needed = await actions.forget(tx, before)
    await asyncio.to_thread(uploads.sweep, settings().uploads, before, {Path(folder) for folder in needed})


IMPORT = Job(actions.JOB, run)
FORGET = Timer("imports_forget", timedelta(hours=6), forget)
ERASE = Timer("imports_erase", timedelta(minutes=5), erase)
