"""Refused rows of a chunk, kept with their reasons."""

from collections.abc import Mapping, Sequence
from typing import Any

from siyu.imports.files.chunks import FAULTS_KEPT_MAX, FaultOfRow
from siyu.imports.models import Import
from siyu.imports.refusals import REASONS
from siyu.kit.db import Tx, copy_rows


async def keep_faults(tx: Tx, run: Import, faults: Sequence[FaultOfRow]) -> None:
    """Keep refused cells with their reasons, up to a bound for the whole import."""
    room = max(0, FAULTS_KEPT_MAX - run.rows_refused)
    rows = ((run.id, f.row, f.column, f.value, REASONS[f.code].en, REASONS[f.code].zh) for f in faults[:room])
    await copy_rows(tx, "import_fault", ("import_id", "row", '"column"', "value", "reason", "reason_zh"), rows)


async def refuse_rows(
    tx: Tx, run: Import, heading: str, rows: Sequence[tuple[Any, ...]], codes: Mapping[str, str]
) -> int:
    """Keep why these (row, value) taken out of a staging table are refused; `codes` has the reason by value."""
    faults = [FaultOfRow(row, heading, value, codes[value]) for row, value in rows]
    await keep_faults(tx, run, sorted(faults, key=lambda fault: fault.row))
    return len(faults)
