"""Reads of the imports room."""

from collections.abc import Sequence

from sqlalchemy import func, select

from siyu.imports.models import Import, ImportFault
from siyu.imports.refusals import NoSuchImport
from siyu.kit.db import Tx

FAULTS_PAGE = 5_000


async def import_run(tx: Tx, workspace_id: int, import_id: int) -> Import:
    """An import of the brand; raises NoSuchImport."""
    run = await tx.get(Import, import_id)
    if run is None or run.workspace_id != workspace_id:
        raise NoSuchImport()
    return run


async def newest(tx: Tx, workspace_id: int, before: int | None, limit: int) -> tuple[list[Import], int]:
    """Imports newest first (those older than id `before`), and how many there are in all."""
    mine = select(Import).where(Import.workspace_id == workspace_id)
    page = mine.where(Import.id < before) if before is not None else mine
    runs = await tx.scalars(page.order_by(Import.id.desc()).limit(limit))
    total = await tx.scalar(select(func.count()).select_from(Import).where(Import.workspace_id == workspace_id))
    return list(runs), int(total or 0)


async def faults(
    tx: Tx, import_id: int, after: tuple[int, int] = (-1, 0), limit: int = FAULTS_PAGE
) -> Sequence[ImportFault]:
    """Refused cells in the order of the file, after (row, id)."""
    rows = await tx.scalars(
        select(ImportFault)
        .where(
            ImportFault.import_id == import_id,
            (ImportFault.row > after[0]) | ((ImportFault.row == after[0]) & (ImportFault.id > after[1])),
        )
        .order_by(ImportFault.row, ImportFault.id)
        .limit(limit)
    )
    return rows.all()
