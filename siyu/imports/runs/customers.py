"""What the takers share: rows into temporary tables, customers to members, refused rows kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from siyu.contacts.identities import queries as contact_queries
from siyu.contacts.identities.resolution import Key
from siyu.contacts.identities.rules import normalise
from siyu.contacts.members import actions as contacts
from siyu.contacts.members.rules import MemberRow
from siyu.imports.files.chunks import FAULTS_KEPT_MAX, Chunk, FaultOfRow
from siyu.imports.models import Import
from siyu.imports.rules.mapping import Mapping as Spec
from siyu.imports.rules.refusals import reason
from siyu.kit.db import Tx, copied, copy_rows, copy_text, raw
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


@dataclass(frozen=True)
class Customers:
    """The customers of a chunk by what they are found by, and {value: code} of those who cannot be."""

    keys: Mapping[str, Key]
    refused: Mapping[str, str]


def read_customers(workspace_id: int, mapping: Spec, chunk: Chunk) -> Customers:
    """Whom a chunk names, as far as no database is needed: done while the chunk before is written."""
    return read_keys(workspace_id, mapping, chunk.customers)


def read_keys(workspace_id: int, mapping: Spec, values: Sequence[str]) -> Customers:
    """What customers of these values are found by."""
    kind = mapping.identity()
    hashed = contact_queries.hashes_of(workspace_id, kind)
    keys: dict[str, Key] = {}
    refused: dict[str, str] = {}
    for value in values:
        try:
            keys[value] = (kind, hashed(normalise(kind, value, "member")))
        except Invalid:
            refused[value] = "identity"
    return Customers(keys, refused)


async def find_members(
    tx: Tx, run: Import, mapping: Spec, chunk: Chunk, now: datetime
) -> tuple[dict[str, int], int, dict[str, str]]:
    """Who the customers of a chunk are: {value: member}, how many were made, and {value: code} of those refused."""
    assert isinstance(chunk.ready, Customers)
    keys, refused = chunk.ready.keys, dict(chunk.ready.refused)
    kind = mapping.identity()
    known = await contact_queries.owners(tx, run.workspace_id, keys.values())
    found = {value: known[key] for value, key in keys.items() if key in known}
    strangers = [value for value in keys if value not in found]
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
    lines = (f"{copied(value)}\t{member}\t{key}\n" for value, member, key in rows)
    await copy_text(tx, "import_member", ("value", "member_id", "key"), lines)


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
