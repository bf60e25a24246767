"""One chunk of prepared rows becomes members, orders or facts, and the import's progress, in one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from siyu.imports.actions import events, orders, people
from siyu.imports.actions.staging import keep_faults
from siyu.imports.files.chunks import Chunk
from siyu.imports.models import Import
from siyu.imports.rules import report
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.refusals import Disturbed
from siyu.imports.rules.report import Tally
from siyu.kit.db import Tx

Taker = Callable[[Tx, Import, Mapping, Chunk, datetime], Awaitable[Tally]]
TAKERS: dict[str, Taker] = {"orders": orders.take, "members": people.take, "facts": events.take}
SELECTS: dict[str, Callable[[Mapping, set[str]], str]] = {
    "orders": orders.select_of,
    "members": people.select_of,
    "facts": events.select_of,
}


def select_of(mapping: Mapping, columns: set[str]) -> str:
    """The SQL by which chunks of this mapping are read from prepared rows with these `columns`."""
    return SELECTS[mapping.kind](mapping, columns)


async def take(tx: Tx, import_id: int, mapping: Mapping, chunk: Chunk, now: datetime) -> Import:
    """Write the chunk and move `rows_done` over it. A chunk that somebody else has taken is left alone.

    Raises Disturbed when the import was cancelled meanwhile.
    """
    run = await tx.get(Import, import_id, with_for_update=True, populate_existing=True)
    if run is None or run.state != "running":
        raise Disturbed
    if run.rows_done != chunk.start:
        return run
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
