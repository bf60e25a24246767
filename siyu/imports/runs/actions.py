"""An import's life: started, begun, cancelled, resumed, finished, forgotten."""

import asyncio
from collections.abc import Mapping as Values
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from siyu.contacts.identities.rules import NOISE, Trace
from siyu.imports.files import upload as uploads
from siyu.imports.files.chunks import Chunk, FaultOfRow
from siyu.imports.files.upload import Upload
from siyu.imports.kind import AnyKind
from siyu.imports.mapping.document import Mapping
from siyu.imports.mapping.reader import check, kind_of, read
from siyu.imports.models import Import
from siyu.imports.refusals import OPEN, AlreadyOver, Cancelled, NoSuchImport
from siyu.imports.runs import report
from siyu.imports.runs.refused_rows import keep_faults
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid
from siyu.kit.jobs import defer
from siyu.kit.settings import settings
from siyu.kit.text import LocalizedText
from siyu.kit.time import known_zones
from siyu.platform.actions import audit
from siyu.platform.queries import Caller, workspace

JOB = "import"
STOPPED = ("failed", "cancelled")
TROUBLE_CHARS_MAX = 500
WORK_MEMORY = "64MB"
"""What one sort or join of a chunk may use in Postgres before it goes to disk."""
FILES_KEPT = timedelta(days=30)
"""How long an upload and the refused cells of an import stay."""


async def start(tx: Tx, caller: Caller, *, kind: str, upload: Upload, mapping: Mapping, now: datetime) -> Import:
    """Check the mapping against the file and queue the import; raises Invalid with the path of each fault."""
    run = await _create(tx, caller, kind, upload, mapping, now)
    await defer(tx, JOB, import_id=run.id)
    return run


async def start_file(
    tx: Tx,
    caller: Caller,
    *,
    kind: str,
    path: Path,
    mapping: dict[str, Any],
    now: datetime,
    uploads_at: Path | None = None,
) -> Import:
    """`start` from a file on this machine, for a caller that runs it itself.

    The same file with the same mapping whose import has not come to its end goes on where it stopped.
    Raises WrongFile, TooLarge, Invalid.
    """
    place, bytes_max = uploads_at or settings().uploads, settings().upload_mb_max << 20
    document = read({"kind": kind, **mapping})
    upload = await asyncio.to_thread(_bring_in, place, caller.workspace_id, path, bytes_max)
    run = await _create(tx, caller, kind, upload, document, now)
    earlier = await tx.scalar(
        select(Import)
        .where(
            Import.workspace_id == caller.workspace_id,
            Import.fingerprint == upload.fingerprint,
            Import.kind == run.kind,
            Import.mapping == run.mapping,
            Import.state.in_((*OPEN, *STOPPED)),
            Import.id < run.id,
        )
        .order_by(Import.id.desc())
        .limit(1)
    )
    if earlier is None:
        return run
    await tx.delete(run)
    await asyncio.to_thread(uploads.remove, upload)
    earlier.state, earlier.trouble, earlier.changed_at = "waiting", None, now
    return earlier


def _bring_in(place: Path, workspace_id: int, path: Path, bytes_max: int) -> Upload:
    with path.open("rb") as stream:
        return uploads.bring_in(place, workspace_id, stream, path.name, bytes_max)


async def checked(tx: Tx, caller: Caller, kind_name: str, upload: Upload, mapping: Mapping) -> tuple[AnyKind, Mapping]:
    """The kind, and the mapping with what the shop knows about its fields; raises Invalid with the path of each fault."""
    kind = kind_of(mapping)
    if kind_name != kind.name:
        raise Invalid(errors=[Fault("mapping.kind", "not the kind that was chosen", "与所选类型不一致", kind_name)])
    whole = await kind.complete(tx, caller.workspace_id, await _in_own_currency(tx, caller.workspace_id, mapping))
    check(whole, {column.name for column in upload.columns}, known_zones())
    rules = kind.rules(whole).model_dump(mode="json", exclude_none=True)
    return kind, whole.model_copy(update={"rules": rules})


async def _in_own_currency(tx: Tx, workspace_id: int, mapping: Mapping) -> Mapping:
    """The mapping with the brand's currency; raises Invalid for amounts in another: nobody says at which rate."""
    own = (await workspace(tx, workspace_id)).currency
    if mapping.currency not in (None, own):
        raise Invalid(
            errors=[Fault("mapping.currency", f"the brand keeps its books in {own}", f"品牌记账货币是 {own}", own)]
        )
    return mapping.model_copy(update={"currency": own})


async def _create(tx: Tx, caller: Caller, kind_name: str, upload: Upload, mapping: Mapping, now: datetime) -> Import:
    kind, whole = await checked(tx, caller, kind_name, upload, mapping)
    await kind.define(tx, caller, whole, now)
    run = Import(
        workspace_id=caller.workspace_id,
        kind=kind.name,
        file_name=upload.name,
        file_path=str(upload.folder.resolve()),
        fingerprint=upload.fingerprint,
        mapping=whole.model_dump(mode="json", exclude_none=True),
        state="waiting",
        rows_total=upload.rows,
        rows_done=0,
        rows_refused=0,
        rows_duplicate=0,
        result={},
        started_by=caller.actor,
        created_at=now,
        changed_at=now,
    )
    tx.add(run)
    await tx.flush()
    await audit(
        tx, caller, "import", "started", upload.name, now, {"kind": kind.fact or kind.name, "rows": upload.rows}
    )
    return run


async def _own(tx: Tx, workspace_id: int, import_id: int) -> Import:
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    if run is None or run.workspace_id != workspace_id:
        raise NoSuchImport()
    return run


async def cancel(tx: Tx, caller: Caller, import_id: int, now: datetime) -> Import:
    """Stop an import after the chunk it is at; what came in stays. Raises NoSuchImport, AlreadyOver."""
    run = await _own(tx, caller.workspace_id, import_id)
    if run.state not in OPEN:
        raise AlreadyOver()
    run.state, run.changed_at = "cancelled", now
    await audit(tx, caller, "import", "cancelled", run.file_name, now)
    return run


async def resume(tx: Tx, caller: Caller, import_id: int, now: datetime) -> Import:
    """Go on where an import stopped; raises NoSuchImport, AlreadyOver.

    A running one may be resumed too: should its worker have died it goes on, should it live they take turns.
    """
    run = await _own(tx, caller.workspace_id, import_id)
    if run.state == "done":
        raise AlreadyOver()
    run.state, run.trouble, run.changed_at = "waiting", None, now
    await defer(tx, JOB, import_id=run.id)
    await audit(tx, caller, "import", "resumed", run.file_name, now)
    return run


async def begin(tx: Tx, import_id: int, now: datetime) -> Import:
    """Mark an import as running; a cancelled or finished one is returned as it is. Raises NoSuchImport."""
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NoSuchImport()
    if run.state in (*OPEN, "failed"):
        run.state, run.trouble, run.changed_at = "running", None, now
    return run


async def write_chunk(tx: Tx, import_id: int, kind: AnyKind, mapping: Mapping, chunk: Chunk, now: datetime) -> Import:
    """Write the chunk and move `rows_done` over it. A chunk that somebody else has written is left alone.

    Raises Cancelled when the import was cancelled meanwhile.
    """
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    if run is None or run.state != "running":
        raise Cancelled
    if run.rows_done != chunk.start:
        return run
    await tx.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    await keep_faults(tx, run, chunk.faults)
    tally = await kind.write(tx, run, mapping, chunk, now)
    tally = tally.model_copy(
        update={
            "rows_held_back": chunk.withheld,
            "cells_left_out": tally.cells_left_out + chunk.cells_left_out,
            "source_total": chunk.source_total,
        }
    )
    whole = report.tally(run.result).plus(tally)
    run.result = whole.document()
    run.rows_done = chunk.end
    run.rows_refused = whole.rows_refused
    run.rows_duplicate += chunk.duplicates
    run.changed_at = now
    return run


async def refuse_chunk(tx: Tx, import_id: int, chunk: Chunk, rows: Sequence[int], now: datetime) -> Import:
    """Refuse the `rows` of a chunk at which work fails, and move `rows_done` over it."""
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    if run is None or run.state != "running":
        raise Cancelled
    if run.rows_done != chunk.start:
        return run
    await keep_faults(tx, run, [*chunk.faults, *(FaultOfRow(row, "", None, "unforeseen") for row in rows)])
    tally = report.Tally(
        rows_refused=chunk.refused + len(rows),
        rows_held_back=chunk.withheld,
        rows_left_out=chunk.rows_left_out,
        orders_left_out=chunk.documents_left_out,
        source_total=chunk.source_total,
    )
    whole = report.tally(run.result).plus(tally)
    run.result, run.rows_done, run.rows_refused = whole.document(), chunk.end, whole.rows_refused
    run.rows_duplicate += chunk.duplicates
    run.changed_at = now
    return run


async def finish(tx: Tx, import_id: int, now: datetime) -> Import:
    """Mark a running import as done once every row of it is."""
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    assert run is not None
    if run.state == "running" and run.rows_done == run.rows_total:
        run.state, run.changed_at = "done", now
    return run


async def fail(tx: Tx, import_id: int, trouble: LocalizedText, now: datetime) -> Import:
    """Mark an import as failed, with what happened in words."""
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    assert run is not None
    if run.state in OPEN:
        run.state, run.changed_at = "failed", now
        run.trouble = {"zh": trouble.zh[:TROUBLE_CHARS_MAX], "en": trouble.en[:TROUBLE_CHARS_MAX]}
    return run


async def erase_faults(tx: Tx, workspace_id: int, traces: Sequence[Trace], rows: Values[str, Sequence[int]]) -> None:
    """Drop the refused cells that name one of those looked for, and all of these rows of the uploads in these folders."""
    await tx.execute(
        text("""
            DELETE FROM import_fault f USING import_run i
            WHERE i.id = f.import_id AND i.workspace_id = :workspace_id AND EXISTS (
                SELECT FROM unnest(CAST(:cells AS text[]), CAST(:within AS bool[])) AS trace(cell, within)
                WHERE CASE WHEN within THEN position(cell IN regexp_replace(lower(f.value), :noise, '', 'g')) > 0
                           ELSE regexp_replace(lower(f.value), :noise, '', 'g') = cell END)
        """),
        {
            "workspace_id": workspace_id,
            "noise": NOISE,
            "cells": [trace.value for trace in traces],
            "within": [trace.within for trace in traces],
        },
    )
    for folder, numbers in rows.items():
        await tx.execute(
            text("""
                DELETE FROM import_fault f USING import_run i
                WHERE i.id = f.import_id AND i.file_path = :folder AND f.row = ANY(CAST(:numbers AS bigint[]))
            """),
            {"folder": folder, "numbers": list(numbers)},
        )


async def forget(tx: Tx, before: datetime) -> set[str]:
    """Drop the refused cells of imports over since before `before`; returns the folders that are still needed."""
    await tx.execute(
        text("""
            DELETE FROM import_fault f USING import_run i
            WHERE i.id = f.import_id AND i.changed_at < :before AND i.state <> ALL(CAST(:open AS text[]))
        """),
        {"before": before, "open": list(OPEN)},
    )
    return set(await tx.scalars(select(Import.file_path).where(Import.state.in_(OPEN))))
