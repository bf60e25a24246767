"""One chunk of prepared rows becomes members, orders or facts, and the import's progress, in one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.imports.actions import events, orders, people
from siyu.imports.actions.staging import keep_faults, read_customers
from siyu.imports.files.chunks import Chunk, Rows
from siyu.imports.models import Import
from siyu.imports.rules import report
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.refusals import Disturbed
from siyu.imports.rules.report import Tally
from siyu.kit.db import Tx

WORK_MEMORY = "64MB"
"""What one sort or join of a chunk may use in Postgres before it goes to disk."""
Taker = Callable[[Tx, Import, Mapping, Chunk, datetime], Awaitable[Tally]]
TAKERS: dict[str, Taker] = {"orders": orders.take, "members": people.take, "facts": events.take}
SELECTS: dict[str, Callable[[Mapping, set[str]], tuple[str, ...]]] = {
    "orders": orders.selects_of,
    "members": people.selects_of,
    "facts": events.selects_of,
}
"""The SQL by which chunks are read from prepared rows with these columns."""

READERS: dict[str, Callable[[int, Mapping, Chunk], Any]] = {
    "orders": read_customers,
    "members": people.read,
    "facts": read_customers,
}


def read(rows: Rows, start: int, mapping: Mapping, workspace_id: int) -> Chunk:
    """The chunk at `start` with all that can be made of it without the database. Blocks: call it in a thread."""
    chunk = rows.chunk(start, SELECTS[mapping.kind](mapping, rows.columns), as_csv=mapping.kind != "members")
    return replace(chunk, ready=READERS[mapping.kind](workspace_id, mapping, chunk))


async def take(tx: Tx, import_id: int, mapping: Mapping, chunk: Chunk, now: datetime) -> Import:
    """Write the chunk and move `rows_done` over it. A chunk that somebody else has taken is left alone.

    Raises Disturbed when the import was cancelled meanwhile.
    """
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    if run is None or run.state != "running":
        raise Disturbed
    if run.rows_done != chunk.start:
        return run
    await tx.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    await keep_faults(tx, run, chunk.faults)
    counted = await TAKERS[mapping.kind](tx, run, mapping, chunk, now)
    counted = replace(counted, rows_held_back=chunk.held_back, source_total=chunk.source_total)
    whole = report.tally(run.result).plus(counted)
    run.result = whole.document()
    run.rows_done = chunk.end
    run.rows_refused = whole.rows_refused
    run.rows_duplicate += chunk.twins
    run.changed_at = now
    return run
