"""Reads of the imports room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text

from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.models import Import, ImportFault
from siyu.imports.refusals import OPEN, NoSuchImport
from siyu.kit.db import Tx
from siyu.kit.text import LocalizedText
from siyu.platform.queries import workspace

FAULTS_PAGE = 5_000
ROWS_PAGE = 2_000
SOURCES_MAX = 50
"""Names of sources offered to choose from."""


async def import_run(tx: Tx, workspace_id: int, import_id: int) -> Import:
    """An import of the brand; raises NoSuchImport."""
    run = await tx.get(Import, import_id)
    if run is None or run.workspace_id != workspace_id:
        raise NoSuchImport()
    return run


@dataclass(frozen=True)
class Sources:
    """How files have come in: the last mapping of each kind, and the names of all sources, the last used first."""

    last: Mapping[tuple[str, str | None], MappingDocument]
    names: Sequence[str]
    shop: str

    def default(self, kind: str, fact: str | None) -> str:
        """What the next file of a kind is most likely called: never by its own name, a renamed file would come in twice."""
        last = self.last.get((kind, fact))
        return last.source if last else next(iter(self.names), self.shop)


async def sources(tx: Tx, workspace_id: int) -> Sources:
    """The sources of a brand's imports."""
    shop = await workspace(tx, workspace_id)
    rows = await tx.execute(
        text("""
            SELECT kind, mapping ->> 'fact' AS fact, mapping ->> 'source' AS source, max(id) AS last
            FROM import_run WHERE workspace_id = :workspace_id GROUP BY 1, 2, 3 ORDER BY last
        """),
        {"workspace_id": workspace_id},
    )
    used = rows.all()
    ids = {(row.kind, row.fact): row.last for row in used}
    mappings = await tx.execute(select(Import.id, Import.mapping).where(Import.id.in_(ids.values())))
    documents = {import_id: MappingDocument.model_validate(mapping) for import_id, mapping in mappings}
    names = list(dict.fromkeys(row.source for row in reversed(used)))
    return Sources({kind: documents[last] for kind, last in ids.items()}, names[:SOURCES_MAX], shop.name)


async def busy_workspaces(tx: Tx) -> set[int]:
    """The brands of which an import is under way."""
    return set(await tx.scalars(select(Import.workspace_id).where(Import.state.in_(OPEN)).distinct()))


async def newest(tx: Tx, workspace_id: int, before: int | None, limit: int) -> tuple[list[Import], int]:
    """Imports newest first (those older than id `before`), and how many there are in all."""
    mine = select(Import).where(Import.workspace_id == workspace_id)
    page = mine.where(Import.id < before) if before is not None else mine
    runs = await tx.scalars(page.order_by(Import.id.desc()).limit(limit))
    total = await tx.scalar(select(func.count()).select_from(Import).where(Import.workspace_id == workspace_id))
    return list(runs), int(total or 0)


@dataclass(frozen=True)
class FaultyRow:
    """A row with what was wrong in it, as (column, reason) in the order of the file."""

    row: int
    faults: Sequence[tuple[str, LocalizedText]]


async def faulty_rows(tx: Tx, import_id: int, after: int, limit: int = ROWS_PAGE) -> list[FaultyRow]:
    """Rows with refused or left out cells after row `after`."""
    rows = await tx.execute(
        text("""
            SELECT row, array_agg(ARRAY["column", reason, reason_zh] ORDER BY id) AS faults FROM import_fault
            WHERE import_id = :import_id AND row > :after GROUP BY row ORDER BY row LIMIT :limit
        """),
        {"import_id": import_id, "after": after, "limit": limit},
    )
    return [FaultyRow(row, [(column, LocalizedText(zh, en)) for column, en, zh in faults]) for row, faults in rows]


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
