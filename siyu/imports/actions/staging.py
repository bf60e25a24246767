"""What the takers share: rows into temporary tables, customers to members, refused rows kept."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from siyu.contacts import actions as contacts
from siyu.contacts import queries as contact_queries
from siyu.contacts.actions import MemberRow
from siyu.contacts.rules.identities import normalise
from siyu.imports.files.chunks import FAULTS_KEPT_MAX, FaultOfRow
from siyu.imports.models import Import
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.refusals import reason
from siyu.kit.db import Tx, copy_rows, raw
from siyu.kit.errors import Invalid

BLOCK_BYTES = 1 << 20


async def load(tx: Tx, table: str, file: Path) -> None:
    """COPY a CSV file into a (temporary) table of ours and remove it."""
    connection = await raw(tx)
    async with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        with file.open("rb") as stream:
            while block := stream.read(BLOCK_BYTES):
                await copy.write(block)
    file.unlink()


async def keep_faults(tx: Tx, run: Import, faults: Sequence[FaultOfRow]) -> None:
    """Keep refused cells with their reasons, up to a bound for the whole import."""
    room = max(0, FAULTS_KEPT_MAX - run.rows_refused)
    rows = ((run.id, f.row, f.column, f.value, *reason(f.code)) for f in faults[:room])
    await copy_rows(tx, "import_fault", ("import_id", "row", '"column"', "value", "reason", "reason_zh"), rows)


async def find_members(
    tx: Tx, run: Import, mapping: Mapping, customers: Sequence[str], now: datetime
) -> tuple[dict[str, int], int, dict[str, str]]:
    """Who the customers of a chunk are: {value: member}, how many were made, and {value: code} of those refused."""
    kind = mapping.identity()
    found = await contact_queries.resolve(tx, run.workspace_id, kind, customers)
    refused: dict[str, str] = {}
    strangers: list[str] = []
    for value in customers:
        if value in found:
            continue
        try:
            normalise(kind, value, "member")
        except Invalid:
            refused[value] = "identity"
            continue
        strangers.append(value)
    if mapping.rules.unknown_members == "refuse":
        return found, 0, refused | dict.fromkeys(strangers, "unknown")
    rows = [MemberRow(identities={kind: value}) for value in strangers]
    made = await contacts.upsert(
        tx, run.workspace_id, rows, source=f"import:{mapping.source}", actor=run.started_by, now=now
    )
    found |= {value: upserted.member_id for value, upserted in zip(strangers, made, strict=True)}
    return found, sum(upserted.created for upserted in made), refused


async def name_members(tx: Tx, rows: Sequence[tuple[str, int, str]]) -> None:
    """(value, member, key) of the chunk's customers as a temporary table."""
    await tx.execute(
        text("CREATE TEMP TABLE import_member (value text PRIMARY KEY, member_id bigint, key text) ON COMMIT DROP")
    )
    await copy_rows(tx, "import_member", ("value", "member_id", "key"), rows)


async def refuse(tx: Tx, run: Import, table: str, column: str, heading: str, refused: dict[str, str]) -> int:
    """Take rows whose `column` has one of these values out of a staging table and keep why; returns how many."""
    if not refused:
        return 0
    rows = await tx.execute(
        text(f"DELETE FROM {table} WHERE {column} = ANY(CAST(:values AS text[])) RETURNING row, {column}"),
        {"values": list(refused)},
    )
    faults = [FaultOfRow(row, heading, value, refused[value]) for row, value in rows]
    await keep_faults(tx, run, sorted(faults, key=lambda fault: fault.row))
    return len(faults)
