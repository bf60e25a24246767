"""Erased members leave the files that were taken in: a file that names one goes, with the refused cells of the rows that did."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from siyu.contacts.identities import actions as identities
from siyu.contacts.identities.queries import erased
from siyu.contacts.identities.rules import Trace, trace
from siyu.imports.files import upload as uploads
from siyu.imports.runs import actions, queries
from siyu.kit.db import Database
from siyu.kit.logs import logger
from siyu.kit.settings import settings

log = logger("imports")


async def erase(db: Database, _lake: Any, _now: datetime) -> None:
    """Clear files and refused cells of whoever was erased since. While a brand's import is under way its turn waits, so that
    the file is not taken from under it."""
    async with db.transaction() as tx:
        pending, busy = await erased(tx), await queries.busy_workspaces(tx)
    by_workspace = defaultdict(list)
    for identity in pending:
        by_workspace[identity.workspace_id].append(identity)
    for workspace_id in by_workspace.keys() - busy:
        of_brand = by_workspace[workspace_id]
        traces = [trace(identity.kind, identity.value) for identity in of_brand]
        rows = await asyncio.to_thread(_rows_by_folder, settings().uploads, workspace_id, traces)
        async with db.transaction() as tx:
            await actions.erase_faults(tx, workspace_id, traces, rows)
        await asyncio.to_thread(_remove, list(rows))
        # last: whoever is killed before looks again
        async with db.transaction() as tx:
            await identities.forget_erased(tx, [identity.id for identity in of_brand])
        log.info("uploads_cleared", workspace_id=workspace_id, files=len(rows))


def _rows_by_folder(place: Path, workspace_id: int, traces: Sequence[Trace]) -> dict[str, list[int]]:
    """The uploads that name one of those looked for, with the rows in which."""
    named = {}
    for about in uploads.place(place, workspace_id).glob(f"*/{uploads.ABOUT}"):
        upload = uploads.load(about.parent)
        if rows := uploads.rows_naming(upload, traces):
            named[str(upload.folder.resolve())] = rows
    return named


def _remove(folders: Sequence[str]) -> None:
    for folder in folders:
        uploads.remove(uploads.load(Path(folder)))
