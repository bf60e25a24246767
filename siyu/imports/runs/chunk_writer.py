"""One chunk of prepared rows becomes what its kind makes of them, and the import's progress, in one transaction."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text

from siyu.imports.files.chunks import Chunk, Rows
from siyu.imports.kind import AnyKind
from siyu.imports.mapping.document import Mapping
from siyu.imports.models import Import
from siyu.imports.refusals import Cancelled
from siyu.imports.runs import report
from siyu.imports.runs.refused_rows import keep_faults
from siyu.kit.db import Tx

WORK_MEMORY = "64MB"
"""What one sort or join of a chunk may use in Postgres before it goes to disk."""


def read_chunk(rows: Rows, start: int, kind: AnyKind, mapping: Mapping, workspace_id: int) -> Chunk:
    """The chunk at `start` with all that can be made of it without the database. Blocks: call it in a thread."""
    chunk = rows.chunk(start, kind.chunk_selects(mapping, rows.columns), as_csv=kind.chunk_as_csv)
    return replace(chunk, prepared=kind.prepare(workspace_id, mapping, chunk))


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
    counted = await kind.write(tx, run, mapping, chunk, now)
    counted = replace(counted, rows_held_back=chunk.withheld, source_total=chunk.source_total)
    whole = report.tally(run.result).plus(counted)
    run.result = whole.document()
    run.rows_done = chunk.end
    run.rows_refused = whole.rows_refused
    run.rows_duplicate += chunk.duplicates
    run.changed_at = now
    return run
