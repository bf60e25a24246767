"""Refused rows and left out cells of a chunk, kept with their reasons."""

from collections.abc import Mapping, Sequence
from typing import Any

from siyu.imports.files.chunks import FAULTS_KEPT_MAX, FaultOfRow
from siyu.imports.models import Import
from siyu.imports.refusals import reason
from siyu.imports.runs.report import tally
from siyu.kit.db import Tx, copy_rows


async def keep_faults(tx: Tx, run: Import, faults: Sequence[FaultOfRow]) -> None:
    """Keep cells that could not be taken with their reasons, up to a bound for the whole import."""
    room = max(0, FAULTS_KEPT_MAX - run.rows_refused - tally(run.result).cells_left_out)
    kept = ((f, reason(f.code, kept=f.kept)) for f in faults[:room])
    rows = ((run.id, f.row, f.column, f.value, why.en, why.zh) for f, why in kept)
    await copy_rows(tx, "import_fault", ("import_id", "row", '"column"', "value", "reason", "reason_zh"), rows)


async def refuse_rows(
    tx: Tx, run: Import, heading: str, rows: Sequence[tuple[Any, ...]], codes: Mapping[str, str]
) -> int:
    """Keep why these (row, value) taken out of a staging table are refused; `codes` has the reason by value."""
    faults = [FaultOfRow(row, heading, value, codes[value]) for row, value in rows]
    await keep_faults(tx, run, sorted(faults, key=lambda fault: fault.row))
    return len(faults)
