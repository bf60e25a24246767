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
from siyu.kit.isolation import error_class, is_infrastructure_fault
from siyu.kit.jobs import Job, Timer
from siyu.kit.logs import logger
from siyu.kit.settings import settings

log = logger("imports")
LOG_FRAMES = 6
POISON_MAX = 100
"""Rows or documents of one chunk that are refused because work on them fails."""
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
        log.error("import_interrupted", import_id=import_id, error=error_class(error), where=where)
        raise Interrupted() from error
    async with db.transaction() as tx:
        run = await actions.finish(tx, import_id, now)
    await asyncio.to_thread(_clear, prepared)
    return run


def _clear(prepared: Path) -> None:
    """Remove what the import made beside the upload, with what a killed run left."""
    for file in prepared.parent.glob(f"{prepared.stem}*"):
        file.unlink(missing_ok=True)


def _read_chunk(
    rows: Rows, start: int, kind: AnyKind, mapping: Mapping, workspace_id: int, number: int | None = None
) -> Chunk:
    """The chunk of so many rows at `start` with all that can be made of it without the database. Blocks: call it in a thread."""
    chunk = rows.chunk(start, kind.chunk_selects(mapping, rows.columns), as_csv=kind.chunk_as_csv, rows=number)
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
                run = await _write(db, run, kind, mapping, chunk, now)
            except Exception as error:
                if _is_whole(error):
                    raise
                if coming is not None:
                    # one connection reads the file
                    await asyncio.wait([coming])
                run = await _write_apart(db, run, kind, mapping, rows, chunk, now)
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


async def _write(db: Database, run: Import, kind: AnyKind, mapping: Mapping, chunk: Chunk, now: datetime) -> Import:
    try:
        async with db.transaction() as tx:
            return await actions.write_chunk(tx, run.id, kind, mapping, chunk, now)
    finally:
        for csv in chunk.csvs.values():
            csv.unlink(missing_ok=True)


def _is_whole(error: Exception) -> bool:
    """Whether what went wrong is nobody's row: the import was cancelled or refused, or something of ours does not work."""
    return isinstance(error, Cancelled | Refusal) or is_infrastructure_fault(error)


async def _write_apart(
    db: Database, run: Import, kind: AnyKind, mapping: Mapping, rows: Rows, chunk: Chunk, now: datetime
) -> Import:
    """Write a chunk that fails as a whole in ever smaller parts; the row (or document) at which work fails alone is refused.
    With more than POISON_MAX of them the fault is ours, and is raised."""
    start, number, refused = chunk.start, (chunk.end - chunk.start) // 2, 0
    while start < chunk.end:
        part = await asyncio.to_thread(_read_chunk, rows, start, kind, mapping, run.workspace_id, max(number, 1))
        try:
            run = await _write(db, run, kind, mapping, part, now)
            number *= 2
        except Exception as error:
            if _is_whole(error):
                raise
            if number > 1:
                number //= 2
                continue
            refused += 1
            if refused > POISON_MAX:
                raise
            log.error("rows_refused_alone", import_id=run.id, start=part.start, error=error_class(error))
            at_fault = await asyncio.to_thread(rows.numbers, part.start, part.end)
            async with db.transaction() as tx:
                run = await actions.refuse_chunk(tx, run.id, part, at_fault, now)
        if run.rows_done != part.end:
            # another worker is at the same import
            return run
        start = part.end
    return run


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
